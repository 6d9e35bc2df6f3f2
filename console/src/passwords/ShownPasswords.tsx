// Passwords in sight, for so many seconds and no longer.

import { Button, Text } from "@fluentui/react-components";
import { useEffect, useRef, useState } from "react";

import { passwords as texts } from "../texts/passwords";
import type { Passwords } from "./password";
import css from "./Passwords.module.css";

const SHOWN_SECONDS = 30;
const words = texts.reveal;

export function ShownPasswords({ passwords, hide }: { passwords: Passwords; hide: () => void }) {
  const [left, setLeft] = useState(SHOWN_SECONDS);
  const end = useRef(hide);
  end.current = hide;
  useEffect(() => {
    // By the clock, as a browser slows down the timers of pages that nobody looks at.
    const hiddenAt = Date.now() + SHOWN_SECONDS * 1_000;
    const tick = () => {
      const seconds = Math.ceil((hiddenAt - Date.now()) / 1_000);
      if (seconds > 0) setLeft(seconds);
      else end.current();
    };
    const ticking = setInterval(tick, 1_000);
    return () => clearInterval(ticking);
  }, [passwords]);
  const { currentPassword, stagedPassword, previousPasswords } = passwords;
  return (
    <div className={css.shown} role="group" aria-label={words.shown}>
      <Text weight="semibold">{words.current}</Text>
      <code className={css.secret}>{currentPassword ?? texts.states.none}</code>
      {stagedPassword && (
        <>
          <Text weight="semibold">{words.staged}</Text>
          <code className={css.secret}>{stagedPassword}</code>
        </>
      )}
      {previousPasswords.length > 0 && (
        <>
          <Text weight="semibold">{words.previous}</Text>
          <ol className={css.former}>
            {previousPasswords.map((password, at) => (
              <li key={at}>
                <code className={css.secret}>{password}</code>
              </li>
            ))}
          </ol>
        </>
      )}
      <Text role="timer">{words.left(left)}</Text>
      <div>
        <Button onClick={hide}>{words.hide}</Button>
      </div>
    </div>
  );
}
