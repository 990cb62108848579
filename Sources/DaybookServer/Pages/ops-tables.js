// The tables of the operations page, by what `/api/ops` gives.

import * as format from "./format.js";
import { daysOf } from "./ops-facts.js";
import { OpsTable } from "./ops-table.js";

const plain = (text) => text.replaceAll("`", "");
const number = (value) => format.number(value);

function time(text) {
  const date = format.instant(text);
  return date ? { text: format.utcWithDay(date), title: format.local(date) } : text || format.dash;
}

const gapStates = { open: "warn", repairing: "warn", undecided: "bad", repaired: "good" };
const sealStates = { sealed: "good", amending: "warn" };
const severities = { error: "bad", warning: "warn", info: "" };

export function makeTables() {
  return {
    gaps: new OpsTable("Gap ledger", [
      { label: "Gap", value: (gap) => gap.id },
      { label: "State", value: (gap) => gap.state, state: (gap) => gapStates[gap.state] ?? "" },
      { label: "Cause", value: (gap) => gap.cause },
      { label: "Where", value: (gap) => gap.source ?? gap.rollup ?? "everything" },
      { label: "Days", value: daysOf },
      { label: "Found", value: (gap) => time(gap.found_at), isMinor: true },
      { label: "Keys rebuilt", isNumber: true, value: (gap) => (gap.keys_rebuilt == null ? format.dash : `${number(gap.keys_rebuilt)} of ${number(gap.keys_examined)}`) },
      { label: "Took", isNumber: true, isMinor: true, value: (gap) => (gap.milliseconds == null ? format.dash : format.seconds(gap.milliseconds / 1000)) },
    ], { key: (gap) => gap.id, empty: "No gap was ever found: nothing can have been missed.", isWide: true }),
    findings: new OpsTable("Doctor's findings", [
      { label: "Severity", value: (finding) => finding.severity, state: (finding) => severities[finding.severity] ?? "" },
      { label: "Concerns", value: (finding) => finding.subject },
      { label: "Evidence", value: (finding) => plain(finding.evidence) },
      { label: "What to do", value: (finding) => plain(finding.remedy) },
      { label: "Check", value: (finding) => finding.check, isMinor: true },
    ], { key: (finding) => `${finding.check} ${finding.subject}`, empty: "Nothing found.", isWide: true }),
    jobs: new OpsTable("Jobs", [
      { label: "Job", value: (job) => job.name },
      { label: "Schedule", value: (job) => (job.enabled === false ? "off" : job.schedule ?? format.dash), isMinor: true },
      { label: "Last run", value: (job) => time(job.last_run) },
      { label: "Outcome", value: (job) => job.outcome ?? format.dash },
      { label: "Next run", value: (job) => time(job.next_run), isMinor: true },
    ], { key: (job) => job.name, empty: "No job is known." }),
    daemons: new OpsTable("Daemons", [
      { label: "Role", value: (daemon) => daemon.role, state: (daemon) => (daemon.role === "leader" ? "good" : "") },
      { label: "Host", value: (daemon) => daemon.host },
      { label: "Process", value: (daemon) => daemon.pid, isNumber: true },
      { label: "Since", value: (daemon) => time(daemon.since) },
    ], { key: (daemon) => `${daemon.host} ${daemon.pid}`, empty: "No daemon is registered." }),
    requests: new OpsTable("Requests", [
      { label: "Request", value: (request) => request.id },
      { label: "Kind", value: (request) => request.kind },
      { label: "Days", value: daysOf },
      { label: "State", value: (request) => request.state ?? (request.failure ? "failed" : "waiting"),
        state: (request) => (request.failure || request.state === "failed" ? "bad" : request.state === "done" ? "good" : "") },
      { label: "Done", isNumber: true, value: (request) => (request.days_total == null ? format.dash : `${number(request.days_done)} of ${number(request.days_total)} days`) },
    ], { key: (request) => request.id, empty: "Nothing is asked of the daemon." }),
    rollups: new OpsTable("Rollups", [
      { label: "Rollup", value: (rollup) => rollup.rollup ?? rollup.name },
      { label: "State", value: (rollup) => rollup.state, state: (rollup) => (/^(ready|live|built|active)/.test(rollup.state) ? "good" : "warn") },
      { label: "To build", value: (rollup) => number(rollup.days_to_build), isNumber: true },
      { label: "Thinned", value: (rollup) => number(rollup.thinned_days), isNumber: true, isMinor: true },
      { label: "Parked keys", isNumber: true, value: (rollup) => number((rollup.parked ?? []).reduce((sum, parked) => sum + parked.keys, 0)) },
    ], { key: (rollup) => rollup.rollup ?? rollup.name, empty: "No rollup is installed." }),
    seals: new OpsTable("Seals", [
      { label: "Day", value: (seal) => ({ text: seal.day, title: format.longDay(seal.day) }) },
      { label: "Rollup", value: (seal) => seal.rollup },
      { label: "State", value: (seal) => (seal.state === "amending" && seal.amended_keys ? `amending, ${number(seal.amended_keys)} keys` : seal.state),
        state: (seal) => sealStates[seal.state] ?? "" },
      { label: "Revision", value: (seal) => number(seal.revision), isNumber: true },
      { label: "Rows", value: (seal) => number(seal.rows), isNumber: true },
      { label: "Verified", value: (seal) => (seal.verified ? "yes" : "no"), isMinor: true },
      { label: "Digest", value: (seal) => ({ text: String(seal.digest ?? "").slice(0, 12), title: seal.digest }), isMinor: true },
      { label: "Sealed", value: (seal) => time(seal.sealed_at), isMinor: true },
    ], { key: (seal) => `${seal.rollup} ${seal.day}`, empty: "No day has been sealed yet. Days are sealed at the seal hour after they end.", isWide: true }),
  };
}
