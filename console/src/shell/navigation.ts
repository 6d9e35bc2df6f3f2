// The pages of the navigation, in their order. A page that is added adds its line here and its route to `routes.tsx`.

import { ArrowImportRegular, LaptopRegular } from "@fluentui/react-icons";
import type { ComponentType } from "react";

import { texts } from "../texts";

export interface NavigationItem {
  to: string;
  title: string;
  icon: ComponentType;
}

export const navigation: NavigationItem[] = [
  { to: "/devices", title: texts.navigation.devices, icon: LaptopRegular },
  { to: "/import", title: texts.navigation.import, icon: ArrowImportRegular },
];
