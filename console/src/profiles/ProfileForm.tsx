// The settings of a deployment profile.

import { Field, Input, Select, Switch, Text } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";

import { MAY } from "../graph/caller";
import { graph, key } from "../graph/client";
import { AllowedButton } from "../shell/Allowed";
import { Failure } from "../shell/Failure";
import { Section } from "../shell/Section";
import { texts } from "../texts";
import { ENTRA_JOINED, type Experience, EXPERIENCE_DEFAULT, nameOf, type Profile, PROFILES } from "./profile";
import css from "./ProfilePage.module.css";

const words = texts.profiles;
const SWITCHES = ["eulaHidden", "privacySettingsHidden", "keyboardSelectionPageSkipped", "escapeLinkHidden"] as const;

export function ProfileForm({ profile }: { profile: Profile }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isNew = profile.id === "new";
  const [draft, setDraft] = useState(profile);
  const [error, setError] = useState<Error | null>(null);
  const [isSaved, setIsSaved] = useState(false);
  const edit = (part: Partial<Profile>) => (setDraft({ ...draft, ...part }), setIsSaved(false));
  const experience = draft.outOfBoxExperienceSetting ?? EXPERIENCE_DEFAULT;
  const editExperience = (part: Partial<Experience>) => edit({ outOfBoxExperienceSetting: { ...experience, ...part } });
  const name = nameOf(draft.deviceNameTemplate ?? "");
  const isWrong = "fault" in name;
  const isNameless = (draft.displayName ?? "").trim() === "";
  const done = () => {
    for (const kind of ["rows", "count", "resource"]) void queries.invalidateQueries({ queryKey: [kind] });
    setError(null);
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (isNameless || isWrong) return;
    const { displayName, description, deviceNameTemplate, locale, preprovisioningAllowed, hardwareHashExtractionEnabled } = draft;
    const body = { displayName, description, deviceNameTemplate: deviceNameTemplate || "", locale, preprovisioningAllowed, hardwareHashExtractionEnabled, outOfBoxExperienceSetting: experience };
    const request = isNew ? { method: "POST" as const, body: { "@odata.type": ENTRA_JOINED, ...body } } : { method: "PATCH" as const, body };
    graph<Profile>(isNew ? PROFILES : `${PROFILES}/${key(profile.id)}`, request).then((saved) => {
      done();
      setIsSaved(true);
      if (isNew) void navigate({ to: "/profiles/$id", params: { id: saved.id } });
    }, setError);
  };
  const remove = () => {
    graph(`${PROFILES}/${key(profile.id)}`, { method: "DELETE" }).then(() => (done(), void navigate({ to: "/profiles" })), setError);
  };
  return (
    <Section title={words.settings}>
      <form className={css.form} onSubmit={save}>
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
        {error && <Failure error={error} />}
        {isSaved && <Text role="status">{texts.saved}</Text>}
        <div className={css.actions}>
          <AllowedButton type="submit" appearance="primary" may={MAY.changeDevices} disabled={isNameless || isWrong}>
            {texts.save}
          </AllowedButton>
          {!isNew && (
            <AllowedButton appearance="subtle" may={MAY.changeDevices} onClick={remove}>
              {words.delete}
            </AllowedButton>
          )}
        </div>
      </form>
    </Section>
  );
}
