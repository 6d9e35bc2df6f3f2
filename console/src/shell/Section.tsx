// A part of a page with a heading: its content, or why there is none.

import { Spinner, Subtitle2 } from "@fluentui/react-components";
import { type ReactNode, useId } from "react";

import type { GraphError } from "../graph/error";
import { texts } from "../texts";
import { Failure } from "./Failure";
import css from "./Section.module.css";

interface SectionProps {
  title: string;
  isWide?: boolean;
  children: ReactNode;
}

export function Section({ title, isWide, children }: SectionProps) {
  const id = useId();
  return (
    <section className={css.section} data-wide={isWide} aria-labelledby={id}>
      <Subtitle2 as="h2" id={id} className={css.title}>
        {title}
      </Subtitle2>
      {children}
    </section>
  );
}

interface AnswerProps<T> {
  answer: { data: T | undefined; error: GraphError | null; refetch: () => unknown };
  children: (data: T) => ReactNode;
}

/** What an answer holds once it is there. */
export function Answer<T>({ answer, children }: AnswerProps<T>) {
  if (answer.error) return <Failure error={answer.error} retry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <Spinner size="tiny" label={texts.grid.loading} labelPosition="after" className={css.loading ?? ""} />;
  return <>{children(answer.data)}</>;
}

export function Sections({ children }: { children: ReactNode }) {
  return <div className={css.sections}>{children}</div>;
}
