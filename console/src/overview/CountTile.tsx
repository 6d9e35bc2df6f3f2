// A number of devices, which opens the view of them.

import { Text } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { DEVICES } from "../devices/device";
import { filterOf, type View } from "../devices/view";
import { graph } from "../graph/client";
import { texts } from "../texts";
import css from "./OverviewPage.module.css";

export function Tiles({ children }: { children: ReactNode }) {
  return <ul className={css.tiles}>{children}</ul>;
}

export function CountTile({ title, view }: { title: string; view: View }) {
  const $filter = filterOf(view);
  const query = $filter ? `?${new URLSearchParams({ $filter })}` : "";
  const count = useQuery({
    queryKey: ["count", DEVICES, query],
    queryFn: async ({ signal }) => Number(await graph<string>(`${DEVICES}/$count${query}`, { signal, headers: { Accept: "text/plain" } })),
  });
  return (
    <li>
      <Link to="/devices" search={view} className={css.tile}>
        <Text size={600} weight="semibold">
          {count.error ? texts.overview.unknown : (count.data?.toLocaleString("en") ?? "…")}
        </Text>
        <Text>{title}</Text>
      </Link>
    </li>
  );
}
