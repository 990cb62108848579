/// Rules for Prometheus that tell when Daybook wants somebody's attention, as a file for `rule_files`.
public enum AlertRules {
    /// YAML. The file is `alerts.yml` beside this one.
    public static let text = String(decoding: PackageResources.alerts_yml, as: UTF8.self)
}
