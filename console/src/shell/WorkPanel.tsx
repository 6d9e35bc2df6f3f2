// The panel of long work, which stays while pages change.

import { Button, DrawerBody, DrawerHeader, DrawerHeaderTitle, OverlayDrawer, ProgressBar, Text } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";

import { texts } from "../texts";
import { Failure } from "./Failure";
import { dismiss, useWorks, type Work } from "./work";
import css from "./WorkPanel.module.css";

export function WorkPanel({ isOpen, close }: { isOpen: boolean; close: () => void }) {
  const works = useWorks();
  return (
    <OverlayDrawer open={isOpen} position="end" onOpenChange={(_, { open }) => open || close()}>
      <DrawerHeader>
        <DrawerHeaderTitle action={<Button appearance="subtle" aria-label={texts.work.close} icon={<DismissRegular />} onClick={close} />}>
          {texts.work.title}
        </DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody>
        {works.length === 0 && <Text>{texts.work.none}</Text>}
        <ul className={css.list}>
          {works.map((work) => (
            <WorkItem key={work.id} work={work} />
          ))}
        </ul>
      </DrawerBody>
    </OverlayDrawer>
  );
}

function WorkItem({ work }: { work: Work }) {
  const isRunning = work.state === "running";
  const share = work.total > 0 ? work.done / work.total : undefined;
  return (
    <li className={css.item}>
      <Text weight="semibold">{work.title}</Text>
      <ProgressBar aria-label={work.title} {...(share === undefined && !isRunning ? { value: 1 } : { value: share })} color={work.failed || work.error ? "warning" : "brand"} />
      <Text size={200} role="status">
        {texts.work[work.state]}: {texts.work.progress(work.done, work.total)}
        {work.failed > 0 && `, ${texts.work.failed(work.failed)}`}
      </Text>
      {work.detail && <Text size={200}>{work.detail}</Text>}
      {work.error && <Failure error={work.error} />}
      <div>
        {isRunning ? (
          <Button size="small" onClick={work.stop}>
            {texts.work.stop}
          </Button>
        ) : (
          <Button size="small" onClick={() => dismiss(work.id)}>
            {texts.work.dismiss}
          </Button>
        )}
      </div>
    </li>
  );
}
