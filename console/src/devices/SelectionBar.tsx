// What can be done with the selected devices.

import { Button, Text } from "@fluentui/react-components";
import { lazy, Suspense, useState } from "react";

import { MAY } from "../graph/caller";
import { AllowedButton } from "../shell/Allowed";
import { part } from "../shell/part";
import { texts } from "../texts";
import type { ChangeVerb, Chosen } from "./change";
import css from "./DevicesPage.module.css";

const ChangeDialog = lazy(() => part(() => import("./ChangeDialog"), "ChangeDialog"));
const VERBS: ChangeVerb[] = ["tag", "name", "user", "delete"];

export function SelectionBar({ chosen, clear }: { chosen: Chosen; clear: () => void }) {
  const [verb, setVerb] = useState<ChangeVerb | null>(null);
  if (chosen.count === 0) return null;
  return (
    <div className={css.selection} role="toolbar" aria-label={texts.grid.selected(chosen.count)}>
      <Text weight="semibold" role="status">
        {texts.grid.selected(chosen.count)}
      </Text>
      {VERBS.map((each) => (
        <AllowedButton key={each} size="small" may={MAY.changeDevices} onClick={() => setVerb(each)}>
          {texts.change.verbs[each]}
        </AllowedButton>
      ))}
      <Button size="small" appearance="subtle" onClick={clear}>
        {texts.grid.clear}
      </Button>
      <Suspense>{verb && <ChangeDialog verb={verb} devices={chosen} close={() => setVerb(null)} done={clear} />}</Suspense>
    </div>
  );
}
