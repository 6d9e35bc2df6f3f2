// All texts of the console, by room. A text with a number or a name in it is a function.

const plural = (count: number, one: string, many: string) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

export const texts = {
  product: "Muster",
  signIn: {
    title: "Sign in to Muster",
    with: (name: string) => `Sign in with ${name}`,
    as: (name: string) => `Sign in as ${name}`,
    devNote: "This server runs in dev mode: nobody has a password here.",
    tenant: "Tenant",
    none: "Nobody can sign in yet. Add a table [issuers.console] with client_id and scopes to an issuer of the configuration, and start the server again.",
    failed: "The sign-in did not succeed",
    ended: "Your session has ended. Sign in again to go on where you were.",
    starting: "Starting the console",
  },
  shell: {
    navigation: "Main navigation",
    openNavigation: "Open navigation",
    skip: "Skip to content",
    account: "Account",
    signOut: "Sign out",
    tenant: (id: string) => `Tenant ${id}`,
    theme: "Theme",
    themes: { system: "Like the system", light: "Light", dark: "Dark" },
    notFound: "There is no such page",
    notFoundNext: "Choose a page in the navigation.",
  },
  navigation: { devices: "Devices" },
  work: {
    title: "Work in progress",
    show: (count: number) => (count > 0 ? `Work, ${count} running` : "Work"),
    none: "Nothing is under way. Long work, such as an import or a change of many devices, goes on here while you look at other pages.",
    progress: (done: number, total: number) => `${done.toLocaleString("en")} of ${total.toLocaleString("en")}`,
    failed: (count: number) => plural(count, "failed", "failed"),
    done: "Done",
    stopped: "Stopped",
    running: "Running",
    stop: "Stop",
    dismiss: "Dismiss",
    close: "Close",
  },
  error: {
    requestId: "Request id",
    retry: "Try again",
    needs: (permission: string) => `Needs the permission ${permission}`,
    todo: (status: number): string => {
      if (status === 0) return "Check that the server runs and that this machine reaches it, then try again.";
      if (status === 400) return "Change what the message names, then try again.";
      if (status === 401) return "Sign in again.";
      if (status === 403) return "Ask an administrator for the permission that the message names.";
      if (status === 404) return "It may have been deleted meanwhile: go back to the list and refresh it.";
      if (status === 409 || status === 412) return "Somebody else changed it meanwhile: refresh, look again, and repeat the change.";
      if (status === 429 || status === 503) return "Wait a moment, then try again.";
      return "Try again. If it happens again, give the request id to whoever runs the server: the log has the cause under it.";
    },
  },
  grid: {
    loading: "Loading",
    rows: (count: number) => plural(count, "row", "rows"),
    cut: "Only the first million rows can be scrolled. Narrow the list by a filter or a search.",
    select: (name: string) => `Select ${name}`,
    selectAll: "Select all rows",
    sortBy: (title: string) => `Sort by ${title}`,
    columns: "Columns",
    selected: (count: number) => `${count.toLocaleString("en")} selected`,
    clear: "Clear selection",
  },
  devices: {
    title: "Devices",
    count: (count: number) => plural(count, "device", "devices"),
    counting: "Counting",
    search: "Search serial number, name, tag, user, model",
    refresh: "Refresh",
    filters: "Filters",
    clearFilters: "Clear all",
    status: "Profile status",
    enrollment: "Enrollment",
    groupTag: "Group tag",
    expert: "OData filter",
    expertHint: "For example startswith(model,'Latitude') and groupTag ne null",
    any: "Any",
    emptyTitle: "No devices are registered yet",
    emptyNext: "Import a list of hardware hashes, or simulate a fleet with muster simulate.",
    nothingTitle: "No device matches",
    nothingNext: "Change the search or clear the filters.",
    columns: {
      serialNumber: "Serial number",
      displayName: "Name",
      groupTag: "Group tag",
      userPrincipalName: "User",
      manufacturer: "Manufacturer",
      model: "Model",
      deploymentProfileAssignmentStatus: "Profile status",
      enrollmentState: "Enrollment",
      lastContactedDateTime: "Last contact",
      purchaseOrderIdentifier: "Purchase order",
      systemFamily: "Family",
      skuNumber: "SKU",
      remediationState: "Remediation",
      id: "Id",
    },
    statuses: {
      unknown: "Not assessed",
      assignedInSync: "Assigned",
      assignedOutOfSync: "Assigned, profile edited",
      assignedUnkownSyncState: "Assigned, not confirmed",
      notAssigned: "Not assigned",
      pending: "Assigning",
      failed: "Failed",
    } as Record<string, string>,
    enrollments: {
      unknown: "Unknown",
      enrolled: "Enrolled",
      pendingReset: "Pending reset",
      failed: "Failed",
      notContacted: "Not contacted",
      blocked: "Blocked",
    } as Record<string, string>,
    remediations: {
      unknown: "Unknown",
      noRemediationRequired: "None needed",
      automaticRemediationRequired: "Waits for a check-in",
      manualRemediationRequired: "Needs an import",
    } as Record<string, string>,
  },
  never: "Never",
} as const;
