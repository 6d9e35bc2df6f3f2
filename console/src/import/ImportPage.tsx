// Import: lists are dropped, looked at, mended and registered, and what was interrupted is taken up.

import { Subtitle1 } from "@fluentui/react-components";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { useCaller } from "../graph/caller";
import { PageHeader } from "../shell/PageHeader";
import { imports as words } from "../texts/import";
import { DropZone } from "./DropZone";
import css from "./ImportPage.module.css";
import { ImportRuns, run } from "./ImportRuns";
import { ListReview, type ReviewedList } from "./ListReview";
import { keep, storedImports, type StoredImport, subscribe } from "./stored";

const NOTHING_YET = { registered: 0, already: 0, failed: 0, leftOut: 0 };

interface Dropped {
  id: string;
  file: File;
}

export function ImportPage() {
  const [dropped, setDropped] = useState<Dropped[]>([]);
  const queries = useQueryClient();
  const tenant = useCaller()?.tenant ?? "";
  const imports = useQuery({ queryKey: ["imports", tenant], queryFn: () => storedImports(tenant), enabled: tenant !== "" });
  useEffect(() => subscribe(() => void queries.invalidateQueries({ queryKey: ["imports"] })), [queries]);
  const ended = () => {
    for (const key of ["rows", "count", "imports"]) void queries.invalidateQueries({ queryKey: [key] });
  };
  const remove = (id: string) => setDropped((lists) => lists.filter((list) => list.id !== id));
  const start = ({ file, ...list }: ReviewedList, droppedId: string) => {
    const stored: StoredImport = { ...list, id: crypto.randomUUID(), tenant, name: file.name, file, doneLine: list.headerLine, counts: NOTHING_YET, isEnded: false };
    void keep(stored, "").then(() => run(stored, ended));
    remove(droppedId);
  };
  return (
    <>
      <PageHeader title={words.title} />
      <div className={css.page}>
        <DropZone take={(files) => setDropped((lists) => [...lists, ...files.map((file) => ({ id: crypto.randomUUID(), file }))])} />
        {dropped.map(({ id, file }) => (
          <ListReview key={id} file={file} start={(list) => start(list, id)} remove={() => remove(id)} />
        ))}
        {imports.data && imports.data.length > 0 && (
          <section aria-label={words.runs}>
            <Subtitle1 as="h2">{words.runs}</Subtitle1>
            <ImportRuns imports={imports.data} ended={ended} />
          </section>
        )}
      </div>
    </>
  );
}
