// Which columns are shown.

import { Menu, MenuButton, MenuItemCheckbox, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import { ColumnEditRegular } from "@fluentui/react-icons";

import { texts } from "../texts";
import { COLUMNS } from "./columns";

export function ColumnMenu({ shown, onChange }: { shown: string[]; onChange: (names: string[]) => void }) {
  return (
    <Menu checkedValues={{ columns: shown }} onCheckedValueChange={(_, { checkedItems }) => onChange(checkedItems)}>
      <MenuTrigger disableButtonEnhancement>
        <MenuButton appearance="subtle" icon={<ColumnEditRegular />}>
          {texts.grid.columns}
        </MenuButton>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {COLUMNS.map(({ name, title }) => (
            <MenuItemCheckbox key={name} name="columns" value={name} disabled={shown.length === 1 && shown[0] === name}>
              {title}
            </MenuItemCheckbox>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
