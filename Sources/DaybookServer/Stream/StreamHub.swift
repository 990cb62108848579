import Daybook
import Logging
import PostgresClient
import Synchronization

/// Drives the stream: turns what the engine announces into rows with their derived columns, and wakes who wants them.
final class StreamHub: Sendable {
    private struct State {
        var desk: StreamDesk
        var bells: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var isClosed = false
    }

    let model: ReadModel
    /// One connection, for the derived columns of what changes.
    private let renderer: RowRenderer
    private let live: LiveRows
    private let logger: Logger
    private let state: Mutex<State>
    /// Between two batches to one subscriber, at least.
    let cooling: Duration
    private let heartbeat: Duration
    private let limit: Int
    /// Between two looks at the tables while another daemon leads.
    private let tablePeriod: Duration

    /// - Parameters:
    ///   - model: answers with the whole state, over connections of its own.
    ///   - limit: the most subscribers.
    init(
        model: ReadModel, rendering: ReadPool, boot: String, limit: Int, logger: Logger,
        cooling: Duration = .milliseconds(100), heartbeat: Duration = .seconds(15),
        tablePeriod: Duration = .seconds(2)
    ) {
        self.model = model
        self.live = model.live
        self.logger = logger
        self.cooling = cooling
        self.heartbeat = heartbeat
        renderer = RowRenderer(pool: rendering)
        self.limit = limit
        self.tablePeriod = tablePeriod
        state = Mutex(State(desk: StreamDesk(boot: boot, limit: limit)))
    }

    var subscriberCount: Int { state.withLock { $0.desk.subscriberCount } }

    /// Works until ``close()`` or cancellation. At most one run at a time.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow() }
            group.addTask { await self.watchTables() }
            group.addTask {
                while (try? await Task.sleep(for: self.heartbeat)) != nil {
                    self.wake { desk in desk.beat() }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Ends every subscriber's stream; new ones are refused.
    func close() {
        live.stop()
        let bells = state.withLock { state in
            state.isClosed = true
            defer { state.bells = [:] }
            return Array(state.bells.values)
        }
        for bell in bells { bell.finish() }
    }

    /// - Throws: 503 when there are too many subscribers.
    func subscribe(_ filter: StreamFilter, lastEventID: String?) throws(APIError) -> StreamSeat {
        let (bells, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let seat = state.withLock { state -> (id: UInt64, position: UInt64, isResumed: Bool)? in
            guard !state.isClosed, let seat = state.desk.subscribe(filter, lastEventID: lastEventID) else { return nil }
            state.bells[seat.id] = bell
            return seat
        }
        guard let seat else {
            throw .unavailable(
                "too_many_subscribers",
                "The stream has as many subscribers as it can serve (\(limit)). Try again later."
            )
        }
        // What a client that comes back has missed is there already.
        bell.yield()
        return StreamSeat(
            hub: self, id: seat.id, position: seat.position, isResumed: lastEventID != nil, filter: filter, bells: bells
        )
    }

    /// Ends one subscriber's stream, whose client is gone.
    func end(_ id: UInt64) {
        state.withLock { $0.bells[id] }?.finish()
    }

    func leave(_ id: UInt64) {
        state.withLock { state in
            state.desk.unsubscribe(id, now: .now)
            state.bells[id] = nil
        }
    }

    /// What a subscriber is owed, and the text to be sent.
    ///
    /// - Parameter withState: whether the state follows a reset, and only then brings the client to the batch's position.
    func take(_ id: UInt64, withState: Bool) -> (batch: Subscription.Batch, frames: String)? {
        state.withLock { state in
            guard let batch = state.desk.take(id) else { return nil }
            let isLast = !withState || batch.resets.isEmpty
            return (batch, StreamFrames(state.desk).text(of: batch, isLast: isLast))
        }
    }

    func id(of position: UInt64) -> String { state.withLock { $0.desk.id(of: position) } }

    // MARK: Following the engine

    private func follow() async {
        for await _ in live.changes {
            for item in live.takeIntake().items { await handle(item) }
        }
    }

    /// While another daemon leads, nothing is announced here; what it flushes is seen in the tables.
    private func watchTables() async {
        var watch = TableWatch()
        while (try? await Task.sleep(for: tablePeriod)) != nil {
            guard model.observatory.current.role == .standby else {
                watch.forget()
                continue
            }
            // A database that cannot be asked has nothing new to tell.
            guard let flush = try? await model.flush(), watch.saw(flush: flush) else { continue }
            wake { $0.tablesMoved(now: .now) }
        }
    }

    private func handle(_ item: StreamIntake.Item) async {
        switch item {
        case .began(let rollups, let flush):
            renderer.begin(rollups)
            wake { $0.began(flush: flush, now: .now) }
        case .rows(let rows):
            let flush = rows.values.map(\.flush).max() ?? 0
            let isWanted = state.withLock { state in
                let isWanted = state.desk.isWanted(now: .now)
                if !isWanted { state.desk.skip(upTo: flush) }
                return isWanted
            }
            guard isWanted else { return }
            do {
                let rendered = try await renderer.render(rows)
                wake { $0.changed(rendered, now: .now) }
            } catch {
                logger.warning("changes could not be streamed", metadata: ["because": "\(error)"])
                wake { $0.lost(now: .now) }
            }
        case .lost: wake { $0.lost(now: .now) }
        case .flushed(let flush): wake { $0.flushed(flush, now: .now) }
        case .rebuilt(let rollup, let days, let flush):
            state.withLock { $0.desk.willRebuild(.init(rollup: rollup, days: days), flush: flush) }
        case .ended: wake { $0.ended(now: .now) }
        }
    }

    private func wake(_ change: (inout StreamDesk) -> [UInt64]) {
        state.withLock { state in
            for id in change(&state.desk) { state.bells[id]?.yield() }
        }
    }
}

/// One subscriber's place at the hub, given up with the last reference.
final class StreamSeat: Sendable {
    let hub: StreamHub
    let id: UInt64
    let position: UInt64
    /// Whether the client has been here before.
    let isResumed: Bool
    let filter: StreamFilter
    let bells: AsyncStream<Void>

    init(
        hub: StreamHub, id: UInt64, position: UInt64, isResumed: Bool, filter: StreamFilter, bells: AsyncStream<Void>
    ) {
        self.hub = hub
        self.id = id
        self.position = position
        self.isResumed = isResumed
        self.filter = filter
        self.bells = bells
    }

    deinit { hub.leave(id) }
}
