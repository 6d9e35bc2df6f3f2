// What can be done with one device beside changing it as many are changed: its resource account, and its enrollment.

import { Button, Field, Input, Menu, MenuButton, MenuItem, MenuList, MenuPopover, MenuTrigger, Tooltip } from "@fluentui/react-components";
import { useState } from "react";

import { MAY, useMissing } from "../graph/caller";
import { graph, key } from "../graph/client";
import { ConfirmDialog } from "../shell/ConfirmDialog";
import { texts } from "../texts";
import { device as all } from "../texts/device";
import css from "./ChangeDialog.module.css";
import { type Device, DEVICES } from "./device";

const words = all.actions;
const MENU = ["assignResourceAccountToDevice", "unassignResourceAccountFromDevice", "allowNextEnrollment", "muster.unenroll"] as const;
type Action = (typeof MENU)[number];

const MAY_DO: Record<Action, readonly string[]> = {
  assignResourceAccountToDevice: MAY.changeDevices,
  unassignResourceAccountFromDevice: MAY.changeDevices,
  allowNextEnrollment: MAY.allowEnrollment,
  "muster.unenroll": MAY.changeDevices,
};

export function DeviceActions({ device }: { device: Device | undefined }) {
  const [asked, setAsked] = useState<Action | null>(null);
  if (!device) return <Button disabledFocusable>{words.more}</Button>;
  const act = (body?: unknown) => graph(`${DEVICES}/${key(device.id)}/${asked}`, { method: "POST", ...(body !== undefined && { body }) });
  const close = () => setAsked(null);
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <MenuButton>{words.more}</MenuButton>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {MENU.map((action) => (
              <ActionItem key={action} action={action} ask={() => setAsked(action)} />
            ))}
          </MenuList>
        </MenuPopover>
      </Menu>
      {asked === "assignResourceAccountToDevice" && <ResourceAccountDialog device={device} act={act} close={close} />}
      {asked !== null && asked !== "assignResourceAccountToDevice" && <ConfirmDialog title={words.titles[asked]} note={words.notes[asked]} verb={words.titles[asked]} act={() => act()} close={close} />}
    </>
  );
}

function ActionItem({ action, ask }: { action: Action; ask: () => void }) {
  const missing = useMissing(MAY_DO[action]);
  const item = (
    <MenuItem disabled={missing !== null} onClick={ask}>
      {words.titles[action]}
    </MenuItem>
  );
  if (missing === null) return item;
  return (
    <Tooltip relationship="description" content={texts.error.needs(missing)}>
      {item}
    </Tooltip>
  );
}

interface ResourceAccountDialogProps {
  device: Device;
  act: (body: unknown) => Promise<unknown>;
  close: () => void;
}

function ResourceAccountDialog({ device, act, close }: ResourceAccountDialogProps) {
  const [account, setAccount] = useState(device.resourceName ?? "");
  const [user, setUser] = useState(device.userPrincipalName ?? "");
  const [name, setName] = useState(device.addressableUserName ?? "");
  const body = { resourceAccountName: account.trim(), userPrincipalName: user.trim(), addressableUserName: name.trim() };
  return (
    <ConfirmDialog title={words.titles.assignResourceAccountToDevice} note={words.resourceNote} verb={words.assign} act={() => act(body)} close={close} isReady={Object.values(body).every((value) => value !== "")}>
      <div className={css.content}>
        <Field label={words.account} required>
          <Input value={account} onChange={(_, { value }) => setAccount(value)} />
        </Field>
        <Field label={words.user} required>
          <Input value={user} onChange={(_, { value }) => setUser(value)} />
        </Field>
        <Field label={words.userName} required>
          <Input value={name} onChange={(_, { value }) => setName(value)} />
        </Field>
      </div>
    </ConfirmDialog>
  );
}
