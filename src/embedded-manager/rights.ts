import type { Rights, Role } from "../manager/wire.ts";

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

/** The three rights of the built-in Auditor; it cannot view keys, users or roles (contract 4.4, 2.4). */
const AUDITOR = new Set(["canViewNotRelatedToComputers", "canViewOtherComputers", "canViewOtherPolicies"]);

function rightsWhere(granted: (right: string) => boolean): Rights {
  return Object.fromEntries(
    Object.entries(TREE).map(([area, groups]) => [
      area,
      Object.fromEntries(
        Object.entries(groups).map(([group, names]) => [
          group,
          Object.fromEntries(names.split(" ").map((right) => [right, granted(right)])),
        ]),
      ),
    ]),
  );
}

export const fullAccessRights: Rights = rightsWhere(() => true);
export const auditorRights: Rights = rightsWhere((right) => AUDITOR.has(right));

/** Whether a role has a right, named by its path: `platformRights.apikeyRights.canViewApiKeys`. */
export function holds(role: Role, path: string): boolean {
  let found: boolean | Rights | undefined = role.rights;
  for (const member of path.split(".")) {
    if (typeof found !== "object") return false;
    found = found[member];
  }
  return found === true;
}
