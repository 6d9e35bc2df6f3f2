// One BIOS configuration: its file, whom it is assigned to, its rings, and how it fares on devices.

import { getRouteApi } from "@tanstack/react-router";

import { Assignments } from "../assignment/Assignments";
import { MAY } from "../graph/caller";
import { key } from "../graph/client";
import { useResource } from "../graph/resource";
import { PageHeader } from "../shell/PageHeader";
import { Answer, Sections } from "../shell/Section";
import { texts } from "../texts";
import { type Configuration, CONFIGURATIONS } from "./configuration";
import { ConfigurationForm } from "./ConfigurationForm";
import { RolloutSection } from "./RolloutSection";
import { RunsSection } from "./RunsSection";

const route = getRouteApi("/configurations/$id");
const words = texts.configurations;

const NEW: Configuration = { id: "new", displayName: "", description: null, fileName: "", configurationFileContent: "", version: 0, lastModifiedDateTime: "" };

export function ConfigurationPage() {
  const { id } = route.useParams();
  const isNew = id === "new";
  const path = `${CONFIGURATIONS}/${key(id)}`;
  const answer = useResource<Configuration>(isNew ? null : path);
  return (
    <>
      <PageHeader title={isNew ? words.new : (answer.data?.displayName ?? words.configuration)} />
      {isNew ? (
        <ConfigurationForm key="new" configuration={NEW} />
      ) : (
        <Answer answer={answer}>
          {(configuration) => (
            <Sections>
              <ConfigurationForm key={id} configuration={configuration} />
              <Assignments path={`${path}/assignments`} may={MAY.changeConfigurations} />
              <RolloutSection path={path} />
              <RunsSection path={path} />
            </Sections>
          )}
        </Answer>
      )}
    </>
  );
}
