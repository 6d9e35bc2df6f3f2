// For whoever builds tools against a dev server: the clock, a token, what tools ask, and the permissions that they have used.

import { useState } from "react";

import { useCaller } from "../graph/caller";
import { useClock } from "../graph/dev";
import { Empty } from "../shell/Empty";
import { PageHeader } from "../shell/PageHeader";
import { Sections } from "../shell/Section";
import { texts } from "../texts";
import { ClockSection } from "./ClockSection";
import { CustomTokenSection } from "./CustomTokenSection";
import { PermissionsSection } from "./PermissionsSection";
import { RequestsSection } from "./RequestsSection";
import { TenantsSection } from "./TenantsSection";
import { TokenSection } from "./TokenSection";

export function DevPage() {
  const clock = useClock();
  const caller = useCaller();
  const [tenant, setTenant] = useState<string | null>(null);
  if (clock.data === null) return <Empty title={texts.shell.notFound} next={texts.shell.notFoundNext} />;
  return (
    <>
      <PageHeader title={texts.dev.title} />
      <Sections>
        <ClockSection />
        <TokenSection />
        <CustomTokenSection tenant={tenant ?? caller?.tenant ?? ""} choose={setTenant} />
        <TenantsSection choose={setTenant} />
        <RequestsSection />
        <PermissionsSection />
      </Sections>
    </>
  );
}
