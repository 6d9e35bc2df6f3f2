// One BIOS configuration: its file, whom it is meant for and in which order, and how it fared.

import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { Assignments } from "../assignment/Assignments";
import { MAY, useMissing } from "../graph/caller";
import { graph } from "../graph/client";
import { dateTime } from "../graph/dates";
import { useResource } from "../graph/resource";
import { AllowedButton } from "../shell/Allowed";
import { ConfirmDialog } from "../shell/ConfirmDialog";
import { Empty } from "../shell/Empty";
import { type Fact, Facts } from "../shell/Facts";
import { PageHeader } from "../shell/PageHeader";
import { Answer, Section, Sections } from "../shell/Section";
import { texts } from "../texts";
import { configurations as words } from "../texts/configurations";
import { CompareSection } from "./CompareSection";
import { type Configuration, pathOf } from "./configuration";
import { FileSection } from "./FileSection";
import { ResultsSection } from "./ResultsSection";
import { RolloutSection } from "./RolloutSection";
import { RunSection } from "./RunSection";
import { UploadDialog } from "./UploadDialog";
import { VersionsSection } from "./VersionsSection";

const route = getRouteApi("/configurations/$id");

export function ConfigurationPage() {
  const { id } = route.useParams();
  const { state } = route.useSearch();
  const navigate = useNavigate();
  const missing = useMissing(MAY.readConfigurations);
  const [asked, setAsked] = useState<"upload" | "delete" | null>(null);
  const answer = useResource<Configuration>(missing === null ? pathOf(id) : null);
  const configuration = answer.data;
  const close = () => setAsked(null);
  const remove = async () => {
    await graph(pathOf(id), { method: "DELETE" });
    await navigate({ to: "/configurations" });
  };
  return (
    <>
      <PageHeader title={configuration?.displayName || words.one}>
        <AllowedButton appearance="primary" may={MAY.changeConfigurations} disabled={!configuration} onClick={() => setAsked("upload")}>
          {words.replace}
        </AllowedButton>
        <AllowedButton may={MAY.changeConfigurations} disabled={!configuration} onClick={() => setAsked("delete")}>
          {words.delete}
        </AllowedButton>
      </PageHeader>
      {missing !== null ? (
        <Empty title={texts.error.needs(missing)} next={texts.error.todo(403)} />
      ) : (
        <Answer answer={answer}>
          {(configuration) => (
            <Sections>
              <Section title={words.facts}>
                <Facts facts={factsOf(configuration)} />
              </Section>
              <RunSection id={id} state={state} />
              <ResultsSection id={id} state={state} />
              <Assignments path={`${pathOf(id)}/assignments`} may={MAY.changeConfigurations} />
              <RolloutSection id={id} />
              <FileSection configuration={configuration} />
              <VersionsSection configuration={configuration} />
              <CompareSection configuration={configuration} />
            </Sections>
          )}
        </Answer>
      )}
      {asked === "upload" && configuration && <UploadDialog configuration={configuration} open={close} close={close} />}
      {asked === "delete" && configuration && <ConfirmDialog title={words.deleteTitle(configuration.displayName)} note={words.deleteNote} verb={words.delete} act={remove} close={close} />}
    </>
  );
}

function factsOf(configuration: Configuration): Fact[] {
  const { columns } = words;
  const { hardwareConfigurationFormat: format } = configuration;
  return [
    [columns.displayName, configuration.displayName],
    [columns.description, configuration.description],
    [columns.fileName, configuration.fileName],
    [columns.hardwareConfigurationFormat, words.formats[format] ?? format],
    [columns.version, configuration.version],
    [columns.lastModifiedDateTime, dateTime(configuration.lastModifiedDateTime)],
    [words.ownPassword, configuration.perDevicePasswordDisabled ? texts.no : texts.yes],
    [words.id, configuration.id],
  ];
}
