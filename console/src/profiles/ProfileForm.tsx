// The settings of a deployment profile.

import { Field, Input, Select, Switch } from "@fluentui/react-components";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { MAY } from "../graph/caller";
import { graph, key } from "../graph/client";
import { SavedForm } from "../shell/SavedForm";
import { Section } from "../shell/Section";
import { texts } from "../texts";
import { ENTRA_JOINED, type Experience, EXPERIENCE_DEFAULT, nameOf, type Profile, PROFILES } from "./profile";

const words = texts.profiles;
const SWITCHES = ["eulaHidden", "privacySettingsHidden", "keyboardSelectionPageSkipped", "escapeLinkHidden"] as const;

export function ProfileForm({ profile }: { profile: Profile }) {
  const navigate = useNavigate();
  const isNew = profile.id === "new";
  const [draft, setDraft] = useState(profile);
  const edit = (part: Partial<Profile>) => setDraft({ ...draft, ...part });
  const experience = draft.outOfBoxExperienceSetting ?? EXPERIENCE_DEFAULT;
  const editExperience = (part: Partial<Experience>) => edit({ outOfBoxExperienceSetting: { ...experience, ...part } });
  const name = nameOf(draft.deviceNameTemplate ?? "");
  const isWrong = "fault" in name;
  const isNameless = (draft.displayName ?? "").trim() === "";
  const path = `${PROFILES}/${key(profile.id)}`;
  const save = async () => {
    const { displayName, description, deviceNameTemplate, locale, preprovisioningAllowed, hardwareHashExtractionEnabled } = draft;
    const body = { displayName, description, deviceNameTemplate: deviceNameTemplate || "", locale, preprovisioningAllowed, hardwareHashExtractionEnabled, outOfBoxExperienceSetting: experience };
    const request = isNew ? { method: "POST" as const, body: { "@odata.type": ENTRA_JOINED, ...body } } : { method: "PATCH" as const, body };
    const saved = await graph<Profile>(isNew ? PROFILES : path, request);
    if (isNew) await navigate({ to: "/profiles/$id", params: { id: saved.id } });
  };
  const remove = async () => {
    await graph(path, { method: "DELETE" });
    await navigate({ to: "/profiles" });
  };
  return (
    <Section title={words.settings}>
      <SavedForm may={MAY.changeDevices} isGood={!isNameless && !isWrong} save={save} remove={isNew ? undefined : { verb: words.delete, note: words.deleteNote, act: remove }}>
        <Field label={words.name} required>
          <Input value={draft.displayName ?? ""} maxLength={200} onChange={(_, { value }) => edit({ displayName: value })} />
        </Field>
        <Field label={words.description}>
          <Input value={draft.description ?? ""} maxLength={1_500} onChange={(_, { value }) => edit({ description: value || null })} />
        </Field>
        <Field
          label={words.template}
          hint={isWrong || !draft.deviceNameTemplate ? words.templateHint : words.example(name.example)}
          {...(isWrong && { validationMessage: words.faults[name.fault] })}
        >
          <Input value={draft.deviceNameTemplate ?? ""} onChange={(_, { value }) => edit({ deviceNameTemplate: value || null })} />
        </Field>
        <Field label={words.locale} hint={words.localeHint}>
          <Input value={draft.locale ?? ""} onChange={(_, { value }) => edit({ locale: value || null })} />
        </Field>
        <Field label={words.userType}>
          <Select value={experience.userType} onChange={(_, { value }) => editExperience({ userType: value })}>
            {Object.entries(words.userTypes).map(([member, title]) => (
              <option key={member} value={member}>
                {title}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={words.usage}>
          <Select value={experience.deviceUsageType} onChange={(_, { value }) => editExperience({ deviceUsageType: value })}>
            {Object.entries(words.usages).map(([member, title]) => (
              <option key={member} value={member}>
                {title}
              </option>
            ))}
          </Select>
        </Field>
        {SWITCHES.map((member) => (
          <Switch key={member} label={words.switches[member]} checked={experience[member]} onChange={(_, { checked }) => editExperience({ [member]: checked })} />
        ))}
        <Switch label={words.preprovisioning} checked={draft.preprovisioningAllowed === true} onChange={(_, { checked }) => edit({ preprovisioningAllowed: checked })} />
        <Switch label={words.extraction} checked={draft.hardwareHashExtractionEnabled === true} onChange={(_, { checked }) => edit({ hardwareHashExtractionEnabled: checked })} />
      </SavedForm>
    </Section>
  );
}
