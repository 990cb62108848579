import Daybook
import Hummingbird
import Logging
import PostgresClient
import Synchronization

/// Everything that is served, and what it is served from.
struct ServerRoutes: Sendable {
    let model: ReadModel
    let hub: StreamHub
    /// Who may ask; nil where a test says it itself.
    private let gate: AccessGate?
    let access: ServerAccess
    private let jobs: JobSchedule
    let doctor: DoctorRounds
    private let registry: PrometheusRegistry
    let metrics: EngineMetrics
    private let exports: ReadPool
    let logger: Logger
    /// Tells this process from those before and after it.
    let boot: String

    init(
        database: PostgresConfiguration, definitions: DefinitionFolder, live: LiveRows, observatory: EngineObservatory,
        jobs: JobSchedule, gate: AccessGate? = nil, access: ServerAccess = ServerAccess(), logger: Logger,
        boot: String = String(UInt64.random(in: 0...UInt64.max), radix: 36), tablePeriod: Duration = .seconds(2)
    ) {
        model = ReadModel(
            pool: ReadPool(database), catalog: RollupCatalog(database: database, definitions: definitions),
            live: live, observatory: observatory
        )
        exports = ReadPool(database, name: "daybook export", size: 2, lineLimit: 20)
        // All subscribers may begin anew at once.
        let states = ReadPool(database, name: "daybook stream", size: 2, lineLimit: access.limits.streams)
        hub = StreamHub(
            model: model.over(states), rendering: ReadPool(database, name: "daybook stream", size: 1), boot: boot,
            limit: access.limits.streams, logger: logger, tablePeriod: tablePeriod
        )
        doctor = DoctorRounds(database: database, eventsDirectory: definitions.directory)
        registry = PrometheusRegistry(EngineMetrics.catalog)
        metrics = EngineMetrics(factory: PrometheusMetricsFactory(registry))
        let metrics = metrics
        let journey = Mutex(FlushJourney())
        let catalog = model.catalog
        live.observe { announcement in
            // A title may be another.
            if case .began = announcement { catalog.forget() }
            journey.withLock { metrics.observe(announcement, observatory.current, &$0) }
        }
        self.jobs = jobs
        self.gate = gate
        self.access = access
        self.logger = logger
        self.boot = boot
    }

    var router: Router<ServerContext> {
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: BrowserRules(origins: access.origins))
        router.add(middleware: ErrorAnswers(logger: logger))
        router.add(middleware: SizeLimits(access.limits))
        let operations = OperationsRoute(model: model, hub: hub, jobs: jobs, doctor: doctor)
        // Health is for supervisors and load balancers, which have no token; it tells nothing of any row.
        let open = router.group("api/health").add(middleware: APIVersion())
            .add(middleware: ErrorAnswers(logger: logger))
        open.get { _, _ in try Health(model.observatory.current, jobs: jobs).response }
        var api = router.group("api").add(middleware: APIVersion()).add(middleware: ErrorAnswers(logger: logger))
        var guarded = router.group()
        var pages = router.group()
        if let gate {
            let control = AccessControl(gate, limits: access.limits)
            api = api.add(middleware: control)
            guarded = guarded.add(middleware: control)
            // With tokens, pages come without numbers and to everyone; without, they are for this machine's own names.
            if !gate.needsTokens { pages = pages.add(middleware: control) }
        }
        PageRoutes(model: model, doctor: doctor, needsTokens: gate?.needsTokens ?? false).add(to: pages)
        MetricsRoute(
            metrics: metrics, registry: registry, observatory: model.observatory, hub: hub, jobs: jobs, gate: gate
        ).add(to: guarded)
        RollupRoutes(model: model, exports: exports, boot: boot, logger: logger).add(to: api)
        operations.add(to: api)
        api.get("openapi.json") { request, _ in OpenAPIDocument.answer(to: request) }
        StreamRoute(hub: hub, model: model).add(to: api)
        return router
    }
}
