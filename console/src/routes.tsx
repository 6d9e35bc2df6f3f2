// Which path shows which page. Each page is loaded when it is first shown.

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { readView } from "./devices/view";
import { Empty } from "./shell/Empty";
import { Shell } from "./shell/Shell";
import { texts } from "./texts";

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => <Empty title={texts.shell.notFound} next={texts.shell.notFoundNext} />,
});

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/devices", search: {}, replace: true });
  },
});

const devices = createRoute({
  getParentRoute: () => root,
  path: "/devices",
  validateSearch: readView,
  component: lazyRouteComponent(() => import("./devices/DevicesPage"), "DevicesPage"),
});

const device = createRoute({
  getParentRoute: () => root,
  path: "/devices/$id",
  component: lazyRouteComponent(() => import("./devices/DevicePage"), "DevicePage"),
});

const imports = createRoute({
  getParentRoute: () => root,
  path: "/import",
  component: lazyRouteComponent(() => import("./import/ImportPage"), "ImportPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([home, devices, device, imports]),
  basepath: "/console",
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
