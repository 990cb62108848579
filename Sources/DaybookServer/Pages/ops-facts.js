// What the operations page reads out of `/api/ops`, and what it finds wrong in it. Pure.

import * as format from "./format.js";

const slowLagSeconds = 2;
const stuckLagSeconds = 10;
const longWordedCauses = new Map([
  ["undecided", "Sources of a sealed day vanished without a delete event. Choose: `daybook repair --retract` lets the day follow its sources, `daybook repair --retain` keeps it as it is."],
  ["open", "The daemon repairs it by itself with one of its next turns. If it stays open, run `daybook doctor`, then `daybook repair`."],
  ["repairing", "Nothing to do: the repair is under way."],
]);

function days(entry) {
  if (!entry.from && !entry.to) return "every day";
  return entry.from === entry.to ? entry.from : `${entry.from ?? "the first day"} to ${entry.to ?? "today"}`;
}

function problem(severity, what, remedy, detail = null) {
  return { severity, what, remedy, detail };
}

/** What is wrong, worst first, as `{ severity: "error" | "warning" | "info", what, remedy, detail }`. */
export function problemsOf(ops) {
  const found = [...roleProblems(ops), ...lagProblems(ops), ...gapProblems(ops), ...parkedProblems(ops), ...workProblems(ops), ...doctorProblems(ops)];
  const order = { error: 0, warning: 1, info: 2 };
  return found.sort((left, right) => order[left.severity] - order[right.severity]);
}

function roleProblems(ops) {
  const error = ops.last_error ? `The last error was: ${ops.last_error}` : null;
  const leads = (ops.daemons ?? []).some((daemon) => daemon.role === "leader");
  if (ops.role === "standby") {
    return leads
      ? [problem("info", "This daemon is the standby.", "Another one leads; this one takes over when it goes. Its numbers come from the tables.")]
      : [problem("error", "Nobody leads: this daemon is the standby, and no leader is registered.", "Events are logged and wait. Look at the other daemon's log; this one takes the lead when the lock is free.", error)];
  }
  if (ops.role === "connecting") {
    return [problem("error", "The daemon has no connection to the database.", "Check that Postgres runs and accepts the daemon's connection string. It retries by itself; nothing is lost meanwhile.", error)];
  }
  if (ops.role === "stopped") return [problem("error", "The engine has stopped.", "Start the daemon again: `daybook run`.", error)];
  if (ops.ready === false) return [problem("warning", "The daemon leads but is not ready yet.", "It loads its days; this takes seconds to minutes. If it stays so, read its log.", error)];
  return error ? [problem("info", "The last session ended with an error; the present one is well.", "Nothing to do unless it comes again.", error)] : [];
}

function lagProblems({ lag_seconds: lag }) {
  if (!(lag > slowLagSeconds)) return [];
  return [problem(
    lag > stuckLagSeconds ? "error" : "warning", `The feed is ${format.seconds(lag)} behind.`,
    "A backlog is worked off by itself. If the line below does not fall, look for a long transaction (`daybook doctor` lists them) and at the load of the database.",
  )];
}

function gapProblems({ gaps = [] }) {
  return gaps.filter((gap) => gap.state !== "repaired").map((gap) => problem(
    gap.state === "undecided" ? "error" : "warning",
    `Gap ${gap.id} is ${gap.state}: ${gap.cause} on ${gap.source ?? gap.rollup ?? "everything"}, ${days(gap)}.`,
    longWordedCauses.get(gap.state) ?? "Run `daybook repair`.",
  ));
}

function parkedProblems(ops) {
  const listed = (ops.rollups ?? []).flatMap((rollup) => (rollup.parked ?? []).map((parked) => problem(
    "warning", `${format.number(parked.keys)} keys of ${rollup.rollup ?? rollup.name} cannot be stored: ${parked.reason}`,
    "They are left out of the table. Make them fit (column type, null, length), then run `daybook repair`.",
  )));
  if (listed.length > 0 || !(ops.parked > 0)) return listed;
  return [problem("warning", `${format.number(ops.parked)} keys cannot be stored and are left out of the tables.`, "`daybook status` says which and why.")];
}

function doctorProblems({ doctor, findings }) {
  const found = (findings ?? []).filter((finding) => finding.severity !== "info").map(
    (finding) => problem(finding.severity, `${finding.subject}: ${finding.evidence}`, finding.remedy, `doctor, ${finding.check}`),
  );
  if (doctor?.failure) {
    found.push(problem("warning", `doctor could not look: ${doctor.failure}`, "It looks again in five minutes. `daybook doctor` looks at once."));
  }
  return found;
}

function workProblems(ops) {
  const found = [];
  if (ops.unbuilt > 0) {
    found.push(problem("info", `${format.number(ops.unbuilt)} days are not built yet.`, "They are built by and by. `daybook backfill --days N` builds those that you name first."));
  }
  for (const request of ops.requests ?? []) {
    if (!request.failure) continue;
    found.push(problem("warning", `Request ${request.id} (${request.kind}, ${days(request)}) failed: ${request.failure}`, "Mend the cause and run the command again."));
  }
  if (ops.jobs_problem) {
    found.push(problem("warning", `jobs.yml is not in force: ${ops.jobs_problem}`, "Correct the file. The jobs go on as they were until then."));
  }
  if (ops.definitions_problem) {
    found.push(problem("warning", `The definitions are not in force as they stand: ${ops.definitions_problem}`, "Those from before go on until then."));
  }
  for (const rollup of ops.rollups ?? []) {
    for (const part of rollup.incomplete ?? []) {
      const what = part.lack === "added" ? "is null but for later changes" : "was counted by an earlier definition";
      found.push(problem("info", `${rollup.name}: ${part.column} ${what} on ${format.number(part.days)} days (${part.from} to ${part.to}), whose sources were gone.`, "Nothing to do, but to know it when these days are summed up."));
    }
  }
  for (const job of ops.jobs ?? []) {
    if (job.outcome && !/^(ok|done|success|succeeded|running|none|never|waiting|pending)/i.test(job.outcome)) {
      found.push(problem("warning", `The job ${job.name} ended with: ${job.outcome}`, "It runs again by itself. If it fails again, read the daemon's log."));
    }
  }
  const unverified = (ops.seals ?? []).filter((seal) => seal.verified === false);
  if (unverified.length > 0) {
    found.push(problem("info", `${unverified.length} sealed days could not be verified: their sources are gone or thinned.`, "Nothing to do. Their rows and archives are kept."));
  }
  return found;
}

export { days as daysOf };
