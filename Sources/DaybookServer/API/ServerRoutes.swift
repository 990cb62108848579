import Daybook
import Hummingbird
import Logging
import PostgresClient

/// Everything that is served, and what it is served from.
struct ServerRoutes: Sendable {
    let model: ReadModel
    let hub: StreamHub
    private let exports: ReadPool
    private let logger: Logger
    /// Tells this process from those before and after it.
    let boot: String

    init(
        database: PostgresConfiguration, eventsDirectory: String, live: LiveRows, observatory: EngineObservatory,
        logger: Logger, boot: String = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    ) {
        model = ReadModel(
            pool: ReadPool(database), catalog: RollupCatalog(database: database, eventsDirectory: eventsDirectory),
            live: live, observatory: observatory
        )
        exports = ReadPool(database, name: "daybook export", size: 2, lineLimit: 20)
        // All subscribers may begin anew at once.
        let states = ReadPool(database, name: "daybook stream", size: 2, lineLimit: StreamDesk.subscriberLimit)
        hub = StreamHub(
            model: model.over(states), rendering: ReadPool(database, name: "daybook stream", size: 1), boot: boot,
            logger: logger
        )
        self.logger = logger
        self.boot = boot
    }

    var router: Router<ServerContext> {
        let router = Router(context: ServerContext.self)
        router.add(middleware: ErrorAnswers(logger: logger))
        router.get("/") { _, _ in StatusPage(model.observatory.current).response }
        let api = router.group("api").add(middleware: APIVersion()).add(middleware: ErrorAnswers(logger: logger))
        api.get("health") { _, _ in try Health(model.observatory.current).response }
        RollupRoutes(model: model, exports: exports, boot: boot).add(to: api)
        OperationsRoute(model: model, hub: hub).add(to: api)
        api.get("openapi.json") { request, _ in OpenAPIDocument.answer(to: request) }
        StreamRoute(hub: hub, model: model).add(to: api)
        return router
    }
}
