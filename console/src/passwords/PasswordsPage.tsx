// The records of BIOS passwords: which there are, who waits to see some, and which are deleted. No list shows a password.

import { Tab, TabList } from "@fluentui/react-components";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";

import { MAY, useMissing } from "../graph/caller";
import { AllowedButton } from "../shell/Allowed";
import { Empty } from "../shell/Empty";
import { PageHeader } from "../shell/PageHeader";
import { texts } from "../texts";
import { passwords as words } from "../texts/passwords";
import { DeletedList } from "./DeletedList";
import { useMetadata } from "./password";
import css from "./Passwords.module.css";
import { RecordList } from "./RecordList";
import { RequestList } from "./RequestList";
import { useRequests } from "./requests";
import { RotateAllDialog } from "./RotateAllDialog";

const route = getRouteApi("/passwords");

export function PasswordsPage() {
  const { show = "records", search = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const missing = useMissing(MAY.readPasswords);
  const metadata = useMetadata();
  const [isRotating, setIsRotating] = useState(false);
  const requests = useRequests(missing === null, () => show === "requests");
  const change = (part: { show?: string; search?: string }) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  return (
    <div className={css.page}>
      <PageHeader title={words.title}>
        <AllowedButton may={MAY.changeConfigurations} onClick={() => setIsRotating(true)}>
          {words.rotate.all}
        </AllowedButton>
      </PageHeader>
      {missing !== null ? (
        <Empty title={texts.error.needs(missing)} next={texts.error.todo(403)} />
      ) : (
        <>
          <TabList className={css.tabs ?? ""} aria-label={words.views} selectedValue={show} onTabSelect={(_, { value }) => change({ show: String(value) })}>
            <Tab value="records">{words.records}</Tab>
            <Tab value="requests">{words.requests(requests.data?.value.length ?? 0)}</Tab>
            <Tab value="deleted">{words.deleted}</Tab>
          </TabList>
          {show === "requests" && <RequestList requests={requests} />}
          {show === "deleted" && <DeletedList />}
          {show === "records" && metadata && <RecordList metadata={metadata} search={search} onSearch={(text) => change({ search: text })} />}
        </>
      )}
      {isRotating && <RotateAllDialog search={search} close={() => setIsRotating(false)} />}
    </div>
  );
}
