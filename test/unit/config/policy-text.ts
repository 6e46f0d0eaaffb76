/** A small policy without a fault; tests break it where they need to. */
export const POLICY = `groups:
  security: { slack-group: S0SECURITY1 }
  named: { people: [U0ADA000001, U0BEN000001] }
approvers: [security, named]
responders: []
auditors: []
channels:
  approvals: C0APPROVALS
  incidents: C0INCIDENTS
  audit: C0AUDIT0001
limits:
  longest-life: 1 year
  default-life: 90 days
  keys-per-person: 5
times:
  requests-lapse-after: 7 days
  claims-lapse-after: 3 days
rules:
  - name: A day
    when: { roles: [Auditor], life-up-to: 1 day }
    automatic: true
  - name: Longer
    when: { life-over: 1 day }
    needs:
      - { group: security, approvals: 2 }
      - { group: named, approvals: 1 }
  - name: Too long
    when: { kinds: [new-key], life-over: 180 days }
    refuse: Nothing lives so long here.
`;
