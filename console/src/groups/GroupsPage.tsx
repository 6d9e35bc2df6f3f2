// The groups, by which deployment profiles and BIOS configurations reach devices.

import { Link, useNavigate } from "@tanstack/react-router";

import { MAY } from "../graph/caller";
import type { Listing } from "../graph/rows";
import type { Column } from "../grid/column";
import { ListingGrid } from "../grid/ListingGrid";
import { AllowedButton } from "../shell/Allowed";
import { Empty } from "../shell/Empty";
import { PageHeader } from "../shell/PageHeader";
import { texts } from "../texts";
import { type Group, GROUPS } from "./group";
import css from "./GroupPage.module.css";

const words = texts.groups;
const LISTING: Listing = { path: GROUPS, options: { $orderby: "displayName" }, select: ["displayName", "description", "membershipRule", "groupTypes"] };

const COLUMNS: Column<Group>[] = [
  {
    name: "displayName",
    title: words.name,
    width: 200,
    isSortable: false,
    cell: (group) => (
      <Link to="/groups/$id" params={{ id: group.id }} className={css.link} tabIndex={-1}>
        {group.displayName ?? group.id}
      </Link>
    ),
  },
  { name: "kind", title: words.kind, width: 120, isSortable: false, cell: (group) => (group.membershipRule === null ? words.assigned : words.dynamic) },
  { name: "membershipRule", title: words.rule, width: 400, isSortable: false, cell: (group) => group.membershipRule },
  { name: "description", title: words.description, width: 200, isSortable: false, cell: (group) => group.description },
];

export function GroupsPage() {
  const navigate = useNavigate();
  const open = (id: string) => void navigate({ to: "/groups/$id", params: { id } });
  return (
    <div className={css.page}>
      <PageHeader title={words.title}>
        <AllowedButton appearance="primary" may={MAY.changeGroups} onClick={() => open("new")}>
          {words.new}
        </AllowedButton>
      </PageHeader>
      <ListingGrid label={words.title} listing={LISTING} columns={COLUMNS} nameOf={(group) => group.displayName ?? group.id} onOpen={({ id }) => open(id)} empty={<Empty title={words.emptyTitle} next={words.emptyNext} />} />
    </div>
  );
}
