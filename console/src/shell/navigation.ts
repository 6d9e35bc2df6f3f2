// The pages of the navigation, in their order. A page that is added adds its line here and its route to `routes.tsx`.

import { ArrowImportRegular, BoardRegular, ClipboardTaskListLtrRegular, DocumentSettingsRegular, KeyRegular, LaptopRegular, OptionsRegular, PeopleTeamRegular, WrenchRegular } from "@fluentui/react-icons";
import type { ComponentType } from "react";

import { texts } from "../texts";

export interface NavigationItem {
  to: string;
  title: string;
  icon: ComponentType;
  /** Whether it is there in dev mode only. */
  isDev?: boolean;
}

export const navigation: NavigationItem[] = [
  { to: "/overview", title: texts.navigation.overview, icon: BoardRegular },
  { to: "/devices", title: texts.navigation.devices, icon: LaptopRegular },
  { to: "/import", title: texts.navigation.import, icon: ArrowImportRegular },
  { to: "/profiles", title: texts.navigation.profiles, icon: DocumentSettingsRegular },
  { to: "/groups", title: texts.navigation.groups, icon: PeopleTeamRegular },
  { to: "/configurations", title: texts.navigation.configurations, icon: OptionsRegular },
  { to: "/passwords", title: texts.navigation.passwords, icon: KeyRegular },
  { to: "/audit", title: texts.navigation.audit, icon: ClipboardTaskListLtrRegular },
  { to: "/dev", title: texts.navigation.dev, icon: WrenchRegular, isDev: true },
];
