// A button that is disabled, and says why, while the caller lacks the permission for what it does.

import { Button, type ButtonProps, Tooltip, useRestoreFocusTarget } from "@fluentui/react-components";

import { useMissing } from "../graph/caller";
import { texts } from "../texts";

export function AllowedButton({ may, disabled, ...props }: ButtonProps & { may: readonly string[] }) {
  const missing = useMissing(may);
  // A dialog that it opens gives the focus back to it.
  const restored = useRestoreFocusTarget();
  const button = <Button {...restored} {...(props as ButtonProps)} disabledFocusable={missing !== null || disabled === true} />;
  if (missing === null) return button;
  return (
    <Tooltip relationship="description" content={texts.error.needs(missing)}>
      {button}
    </Tooltip>
  );
}
