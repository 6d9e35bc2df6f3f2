// One deployment profile: its settings, checked while they are typed, and whom it is assigned to.

import { getRouteApi } from "@tanstack/react-router";

import { Assignments } from "../assignment/Assignments";
import { MAY } from "../graph/caller";
import { key } from "../graph/client";
import { useResource } from "../graph/resource";
import { PageHeader } from "../shell/PageHeader";
import { Answer, Sections } from "../shell/Section";
import { texts } from "../texts";
import { EXPERIENCE_DEFAULT, type Profile, PROFILES } from "./profile";
import { ProfileForm } from "./ProfileForm";

const route = getRouteApi("/profiles/$id");
const words = texts.profiles;

const NEW: Profile = {
  id: "new",
  displayName: "",
  description: null,
  deviceNameTemplate: null,
  locale: "os-default",
  preprovisioningAllowed: false,
  hardwareHashExtractionEnabled: false,
  outOfBoxExperienceSetting: EXPERIENCE_DEFAULT,
  lastModifiedDateTime: "",
};

export function ProfilePage() {
  const { id } = route.useParams();
  const isNew = id === "new";
  const answer = useResource<Profile>(isNew ? null : `${PROFILES}/${key(id)}`);
  return (
    <>
      <PageHeader title={isNew ? words.new : (answer.data?.displayName ?? words.profile)} />
      {isNew ? (
        <ProfileForm key="new" profile={NEW} />
      ) : (
        <Answer answer={answer}>
          {(profile) => (
            <Sections>
              <ProfileForm key={id} profile={profile} />
              <Assignments path={`${PROFILES}/${key(id)}/assignments`} may={MAY.changeDevices} />
            </Sections>
          )}
        </Answer>
      )}
    </>
  );
}
