// The deployment profiles.

import { Link, useNavigate } from "@tanstack/react-router";

import { MAY } from "../graph/caller";
import { dateTime } from "../graph/dates";
import type { Listing } from "../graph/rows";
import type { Column } from "../grid/column";
import { ListingGrid } from "../grid/ListingGrid";
import { AllowedButton } from "../shell/Allowed";
import { Empty } from "../shell/Empty";
import { PageHeader } from "../shell/PageHeader";
import { texts } from "../texts";
import { type Profile, PROFILES } from "./profile";
import css from "./ProfilePage.module.css";

const words = texts.profiles;
const LISTING: Listing = { path: PROFILES, options: { $orderby: "displayName" }, select: ["displayName", "description", "deviceNameTemplate", "lastModifiedDateTime"] };

const COLUMNS: Column<Profile>[] = [
  {
    name: "displayName",
    title: words.name,
    width: 240,
    isSortable: false,
    cell: (profile) => (
      <Link to="/profiles/$id" params={{ id: profile.id }} className={css.link} tabIndex={-1}>
        {profile.displayName ?? profile.id}
      </Link>
    ),
  },
  { name: "description", title: words.description, width: 260, isSortable: false, cell: (profile) => profile.description },
  { name: "deviceNameTemplate", title: words.template, width: 190, isSortable: false, cell: (profile) => profile.deviceNameTemplate },
  { name: "lastModifiedDateTime", title: words.modified, width: 170, isSortable: false, cell: (profile) => dateTime(profile.lastModifiedDateTime) },
];

export function ProfilesPage() {
  const navigate = useNavigate();
  const open = (id: string) => void navigate({ to: "/profiles/$id", params: { id } });
  return (
    <div className={css.page}>
      <PageHeader title={words.title}>
        <AllowedButton appearance="primary" may={MAY.changeDevices} onClick={() => open("new")}>
          {words.new}
        </AllowedButton>
      </PageHeader>
      <ListingGrid label={words.title} listing={LISTING} columns={COLUMNS} nameOf={(profile) => profile.displayName ?? profile.id} onOpen={({ id }) => open(id)} empty={<Empty title={words.emptyTitle} next={words.emptyNext} />} />
    </div>
  );
}
