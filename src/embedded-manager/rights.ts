import { z } from "zod";
import { type Rights, type Role, truth } from "../manager/wire.ts";

/** The built-in role that may do everything; the first user has it (contract 4.4). */
export const FULL_ACCESS = 1;

type Tree = Record<string, Record<string, string>>;

/**
 * Every right of an on-premises manager 20.0, in the order of real answers: the vendor's tree less
 * what only the hosted service has (contract 4.3).
 */
const TREE: Tree = {
  platformRights: {
    administratorRights:
      "canCreateNewAdministrators canDeleteAdministrators canEditAdministratorProperties canViewAdministrators",
    administratorRoleRights:
      "canCreateNewAdministratorRoles canDeleteAdministratorRoles canEditAdministratorRoleProperties canViewAdministratorRoles",
    agentVersionControlRights: "canEditAgentVersionControls",
    alertConfigurationRights: "canEditAlertConfigurations",
    alertRights: "canDismissGlobalAlerts",
    certificateRights: "canCreateNewCertificates canDeleteCertificates",
    computerRights:
      "canAddAndRemoveComputerGroups canCreateNewComputers canDeleteComputers canDismissAlerts canEditComputerProperties canImportComputers canManageCloudAccounts canManageDirectories canManageVCenters canTagComputers canViewNotRelatedToComputers canViewOtherComputers",
    contactRights: "canCreateNewContacts canDeleteContacts canEditContactProperties canViewContacts",
    diagnosticRights: "canCreateDiagnosticPackages",
    assetValueRights: "canCreateNewAssetValues canDeleteAssetValues canEditAssetValueProperties",
    licenseRights: "canChangeLicense canViewLicense",
    multiTenantRights:
      "canCreateTenants canDeleteTenants canEditTenantGeneralProperties canEditTenantModules canEditTenantAccountDetails canEditTenantFeatures canEditTenantSettings canCreateAndEditTenantDatabaseServers canDeleteTenantDatabaseServers canManageTenantAPIKeys canSignInAsTenant canViewTenants",
    policyRights:
      "canCreateNewPolicies canDeletePolicies canEditPolicyProperties canImportPolicies canViewOtherPolicies",
    portListRights: "canCreateNewPortLists canDeletePortLists canEditPortListProperties",
    proxyRights: "canCreateNewProxies canDeleteProxies canEditProxyProperties",
    relayGroupRights: "canCreateNewRelayGroups canDeleteRelayGroups canEditRelayGroupProperties",
    scanCacheRights: "canManageScanCache",
    scheduledTaskRights:
      "canCreateNewScheduledTasks canDeleteScheduledTasks canEditScheduledTaskProperties canExecuteScheduledTasks canViewScheduledTasks",
    scheduleRights: "canCreateNewSchedules canDeleteSchedules canEditScheduleProperties",
    settingRights: "canEditSettings canViewSettings",
    expertSettingRights: "canEditExpertSettings canViewExpertSettings",
    syslogConfigurationRights:
      "canCreateNewSyslogConfigurations canDeleteSyslogConfigurations canEditSyslogConfigurationProperties",
    systemInformationRights: "canManageExtensions canManageNodes canViewSystemInformation",
    taggingRights: "canDeleteAutoTagRules canUpdateAutoTagRules canRunAutoTagRules canDeleteTags canTag",
    updateRights:
      "canImportSoftware canDeleteSoftware canEditSoftwareProperties canImportRuleUpdates canDeleteRuleUpdates canViewRuleUpdates",
    apikeyRights: "canCreateNewApiKeys canDeleteApiKeys canEditApiKeyProperties canViewApiKeys",
    iplistRights: "canCreateNewIPLists canDeleteIPLists canEditIPListProperties",
    samlidentityProviderRights:
      "canCreateNewSAMLIdentityProviders canDeleteSAMLIdentityProviders canEditSAMLIdentityProviders canViewSAMLIdentityProviders",
  },
  antiMalwareRights: {
    antiMalwareConfigurationRights:
      "canCreateNewAntiMalwareConfigurations canDeleteAntiMalwareConfigurations canEditAntiMalwareConfigurations",
    directoryListRights: "canCreateNewDirectoryLists canDeleteDirectoryLists canEditDirectoryListProperties",
    fileListRights: "canCreateNewFileLists canDeleteFileLists canEditFileListProperties",
    fileExtensionListRights:
      "canCreateNewFileExtensionLists canDeleteFileExtensionLists canEditFileExtensionListProperties",
    identifiedFileRights:
      "canDeleteIdentifiedFiles canDownloadIdentifiedFiles canRestoreIdentifiedFiles canSubmitIdentifiedFiles",
  },
  webReputationRights: {
    webReputationConfigurationRights: "canEditWebReputationConfiguration",
  },
  sensingModeRights: {
    sensingModeConfigurationRights: "canEditSensingModeConfiguration",
  },
  firewallRights: {
    contextRights: "canCreateNewContexts canDeleteContexts canEditContextProperties",
    firewallRuleRights: "canCreateNewFirewallRules canDeleteFirewallRules canEditFirewallRuleProperties",
    statefulConfigurationRights:
      "canCreateNewStatefulConfigurations canDeleteStatefulConfigurations canEditStatefulConfigurationProperties",
    macListRights: "canCreateNewMACLists canDeleteMACLists canEditMACListProperties",
  },
  intrusionPreventionRights: {
    applicationTypeRights:
      "canCreateNewApplicationTypes canDeleteApplicationTypes canEditApplicationTypeProperties",
    intrusionPreventionRuleRights:
      "canCreateNewIntrusionPreventionRules canDeleteIntrusionPreventionRules canEditIntrusionPreventionRuleProperties",
  },
  integrityMonitoringRights: {
    integrityMonitoringRuleRights:
      "canCreateNewIntegrityMonitoringRules canDeleteIntegrityMonitoringRules canEditIntegrityMonitoringRuleProperties",
  },
  logInspectionRights: {
    logInspectionDecoderRights:
      "canCreateNewLogInspectionDecoders canDeleteLogInspectionDecoders canEditLogInspectionDecoderProperties",
    logInspectionRuleRights:
      "canCreateNewLogInspectionRules canDeleteLogInspectionRules canEditLogInspectionRuleProperties",
  },
  applicationControlRights: {
    driftRights: "canAllowOrBlockDrift canViewDrift",
    rulesetRights: "canCreateNewRulesets canDeleteRulesets canEditRulesetProperties canViewRulesets",
    ruleRights:
      "canCreateNewAppControlRules canDeleteAppControlRules canEditAppControlRulesProperties canViewAppControlRules",
    softwareInventoryRights:
      "canCreateNewSoftwareInventory canDeleteSoftwareInventory canViewSoftwareInventory",
  },
  awsmarketplaceRights: {
    billingInformationRights: "canViewAWSBillingInformation",
  },
};

/** The whole tree, grown from its leaves. */
function grown<T>(leaf: (right: string) => T, join: (members: Record<string, T>) => T): T {
  const branch = <From>(from: Record<string, From>, grow: (below: From) => T): T =>
    join(Object.fromEntries(Object.entries(from).map(([member, below]) => [member, grow(below)])));
  return branch(TREE, (groups) =>
    branch(groups, (rights) =>
      join(Object.fromEntries(rights.split(" ").map((right) => [right, leaf(right)]))),
    ),
  );
}

const rightsWhere = (granted: (right: string) => boolean): Rights =>
  grown<boolean | Rights>(granted, (members) => members) as Rights;

/** The three rights of the built-in Auditor; it cannot view keys, users or roles (contract 4.4, 2.4). */
const AUDITOR = new Set(["canViewNotRelatedToComputers", "canViewOtherComputers", "canViewOtherPolicies"]);

export const fullAccessRights = rightsWhere(() => true);
/** Also what a new role starts with, as one made in the vendor's console does (contract 4.2). */
export const auditorRights = rightsWhere((right) => AUDITOR.has(right));

/** The tree as callers send it: any part of it; members that nobody knows are dropped (contract 4.3). */
export const rightsInput = grown<z.ZodType>(
  () => truth,
  (members) => z.object(members).partial(),
) as z.ZodType<Rights>;

/** The tree as it is answered: every leaf, always. */
export const rightsAnswer = grown<z.ZodType>(
  () => z.boolean(),
  (members) => z.object(members),
) as z.ZodType<Rights>;

/** Rights after a change, member by member; what the change leaves out stays (contract 4.2). */
export function mergedRights(rights: Rights, change: Rights): Rights {
  return Object.fromEntries(
    Object.entries(rights).map(([member, present]) => {
      const wanted = change[member] ?? present;
      const merged =
        typeof present === "object" && typeof wanted === "object" ? mergedRights(present, wanted) : wanted;
      return [member, merged];
    }),
  );
}

/** Whether each right that is granted in one tree is granted in another. */
export function rightsWithin(rights: Rights, bound: Rights): boolean {
  return Object.entries(rights).every(([member, granted]) => {
    const limit = bound[member];
    if (typeof granted === "object") return typeof limit === "object" && rightsWithin(granted, limit);
    return !granted || limit === true;
  });
}

/** Whether a role has a right, named by its path: `platformRights.apikeyRights.canViewApiKeys`. */
export function holds(role: Role, path: string): boolean {
  let found: boolean | Rights | undefined = role.rights;
  for (const member of path.split(".")) {
    if (typeof found !== "object") return false;
    found = found[member];
  }
  return found === true;
}
