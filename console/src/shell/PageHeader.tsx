// The title of a page, what it is about in a few words, and what can be done on it. It names the browser's tab, too.

import { Text, Title3 } from "@fluentui/react-components";
import { type ReactNode, useEffect } from "react";

import { texts } from "../texts";
import css from "./PageHeader.module.css";

export function PageHeader({ title, note, children }: { title: string; note?: ReactNode; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} - ${texts.product}`;
  }, [title]);
  return (
    <div className={css.header}>
      <Title3 as="h1" className={css.title}>
        {title}
      </Title3>
      {note && (
        <Text role="status" className={css.note}>
          {note}
        </Text>
      )}
      <div className={css.actions}>{children}</div>
    </div>
  );
}
