// Who is signed in, the theme, and the way out.

import { Menu, MenuButton, MenuDivider, MenuGroup, MenuGroupHeader, MenuItem, MenuItemRadio, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import { PersonRegular } from "@fluentui/react-icons";

import { useCaller } from "../graph/caller";
import { signOut } from "../session/session";
import { texts } from "../texts";
import css from "./AccountMenu.module.css";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "./theme";

const THEMES: ThemeChoice[] = ["system", "light", "dark"];

export function AccountMenu() {
  const caller = useCaller();
  const theme = useThemeChoice();
  const name = caller?.userPrincipalName ?? caller?.id ?? "";
  return (
    <Menu checkedValues={{ theme: [theme] }} onCheckedValueChange={(_, { checkedItems }) => chooseTheme(checkedItems[0] as ThemeChoice)}>
      <MenuTrigger disableButtonEnhancement>
        <MenuButton appearance="transparent" icon={<PersonRegular />} aria-label={`${texts.shell.account} ${name}`}>
          <span className={css.name}>{name}</span>
        </MenuButton>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuGroup>
            <MenuGroupHeader>{texts.shell.tenant(caller?.tenant ?? "")}</MenuGroupHeader>
          </MenuGroup>
          <MenuDivider />
          <MenuGroup>
            <MenuGroupHeader>{texts.shell.theme}</MenuGroupHeader>
            {THEMES.map((choice) => (
              <MenuItemRadio key={choice} name="theme" value={choice}>
                {texts.shell.themes[choice]}
              </MenuItemRadio>
            ))}
          </MenuGroup>
          <MenuDivider />
          <MenuItem onClick={() => void signOut()}>{texts.shell.signOut}</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
