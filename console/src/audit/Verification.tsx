// Whether the chain holds: the server follows it from its first record, and the page says what came of that.

import { Badge, Spinner, Text } from "@fluentui/react-components";

import { MAY } from "../graph/caller";
import { dateTime } from "../graph/dates";
import { AllowedButton } from "../shell/Allowed";
import { Facts } from "../shell/Facts";
import { Failure } from "../shell/Failure";
import { audit } from "../texts/audit";
import css from "./Audit.module.css";
import { type Checkpoint, type Proof, useVerification } from "./verify";

const words = audit.verify;

export function Verification() {
  const { proof, error, isBusy, begin } = useVerification();
  return (
    <div className={css.verification}>
      <div className={css.bar}>
        <AllowedButton may={MAY.readAudit} disabled={isBusy} onClick={begin}>
          {words.verb}
        </AllowedButton>
        {isBusy && <Spinner size="tiny" label={words.busy(proof?.records ?? 0)} labelPosition="after" />}
      </div>
      {error && <Failure error={error} retry={begin} />}
      {proof && !isBusy && <Result proof={proof} />}
    </div>
  );
}

function Result({ proof }: { proof: Proof }) {
  const { fault, records, checkpoints, lastCheckpoint } = proof;
  return (
    <>
      <div role="status" className={css.bar}>
        <Badge appearance="tint" color={fault === null ? "success" : "danger"}>
          {fault === null ? words.holds : words.broken}
        </Badge>
        <Text>{fault === null ? words.followed(records, checkpoints) : words.fault(fault)}</Text>
      </div>
      {lastCheckpoint ? <CheckpointFacts checkpoint={lastCheckpoint} /> : <Text>{words.noCheckpoint}</Text>}
    </>
  );
}

function CheckpointFacts({ checkpoint }: { checkpoint: Checkpoint }) {
  const { sequence, dateTime: signed, hash, publicKey } = checkpoint;
  return (
    <>
      <Facts
        facts={[
          [words.checkpoint, words.signed(Number(sequence), dateTime(signed))],
          [words.hash, <code key="hash">{hash}</code>],
          [words.publicKey, <code key="key">{publicKey}</code>],
        ]}
      />
      <Text as="p" className={css.note ?? ""}>
        {words.trust}
      </Text>
    </>
  );
}
