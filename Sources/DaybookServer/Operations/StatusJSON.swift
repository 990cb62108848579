import Daybook

extension EngineStatus {
    /// What the engine of this process does.
    var json: JSONValue {
        .object([
            ("turns", .integer(turns)), ("events", .integer(events)), ("flushes", .integer(flushes)),
            ("rows_flushed", .integer(rowsFlushed)), ("rows_in_memory", .integer(rowsInMemory)),
            ("days_in_memory", .integer(daysInMemory)), ("reconnects", .integer(reconnects)),
            ("publish_lag_seconds", .seconds(publishLagSeconds)), ("asleep", .bool(isAsleep)),
            ("last_turn_at", .time(lastTurnAt)), ("last_flush_at", .time(lastFlushAt)),
            ("last_error", .string(lastError)),
        ])
    }
}

extension InstallationStatus.Feed {
    var json: JSONValue {
        .object([
            ("lag_events", .integer(lagEvents)), ("lag_seconds", .seconds(lagSeconds)),
            ("cursor", .string("\(cursor)")),
            ("epoch", .integer(Int(epoch))), ("flush", .integer(Int(flush))), ("flushed_at", .time(flushedAt)),
        ])
    }
}

extension InstallationStatus.Daemon {
    var json: JSONValue {
        .object([
            ("host", .string(host)), ("pid", .integer(Int(pid))), ("since", .time(since)), ("role", .string(role)),
        ])
    }
}

extension InstallationStatus.RollupState {
    var json: JSONValue {
        .object([
            ("name", .string(name)), ("state", .string(state)), ("days_to_build", .integer(daysToBuild)),
            ("thinned_days", .integer(thinnedDays)),
            (
                "parked",
                .array(parked.map { .object([("reason", .string($0.reason)), ("keys", .integer($0.keys))]) })
            ),
            ("incomplete", .array(incomplete.map(\.json))),
        ])
    }
}

extension InstallationStatus.Incomplete {
    var json: JSONValue {
        .object([
            ("column", .string(column)), ("lack", .string(lack)), ("days", .integer(days)), ("from", .day(from)),
            ("to", .day(to)),
        ])
    }
}

extension InstallationStatus.Seal {
    var json: JSONValue {
        .object([
            ("rollup", .string(rollup)), ("day", .day(day)), ("revision", .integer(revision)),
            ("state", .string(state)),
            ("rows", .integer(rows)), ("verified", .bool(verified)), ("digest", .string(digest)),
            ("file", .string(file)),
            ("sealed_at", .time(sealedAt)), ("amended_keys", .integer(amendedKeys)),
        ])
    }
}

extension InstallationStatus.Gap {
    var json: JSONValue {
        .object([
            ("id", .integer(Int(id))), ("rollup", .string(rollup)), ("source", .string(source)),
            ("cause", .string(cause)), ("from", .day(from)), ("to", .day(to)), ("found_at", .time(foundAt)),
            ("state", .string(state)), ("keys_examined", .integer(keysExamined.map { Int($0) })),
            ("keys_rebuilt", .integer(keysRebuilt.map { Int($0) })),
            ("milliseconds", .integer(milliseconds.map { Int($0) })),
        ])
    }
}
