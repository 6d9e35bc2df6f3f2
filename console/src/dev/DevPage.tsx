// For whoever builds tools against a dev server: the clock, a token, what tools ask, and the permissions that they have used.

import { useClock } from "../graph/dev";
import { Empty } from "../shell/Empty";
import { PageHeader } from "../shell/PageHeader";
import { Sections } from "../shell/Section";
import { texts } from "../texts";
import { ClockSection } from "./ClockSection";
import { PermissionsSection } from "./PermissionsSection";
import { RequestsSection } from "./RequestsSection";
import { TokenSection } from "./TokenSection";

export function DevPage() {
  const clock = useClock();
  if (clock.data === null) return <Empty title={texts.shell.notFound} next={texts.shell.notFoundNext} />;
  return (
    <>
      <PageHeader title={texts.dev.title} />
      <Sections>
        <ClockSection />
        <TokenSection />
        <RequestsSection />
        <PermissionsSection />
      </Sections>
    </>
  );
}
