import Foundation

/// As much of OpenAPI and JSON Schema as the document uses.
struct OpenAPIReader {
    let document: [String: Any]

    init(_ document: [String: Any]) {
        self.document = document
    }

    var paths: [String: Any] { document["paths"] as? [String: Any] ?? [:] }

    private func operation(_ path: String) -> [String: Any] {
        (paths[path] as? [String: Any])?["get"] as? [String: Any] ?? [:]
    }

    /// The schema of an answer's JSON; that of a stream is one of text.
    func schema(of path: String, status: String) -> [String: Any]? {
        guard let response = (operation(path)["responses"] as? [String: Any])?[status] as? [String: Any] else {
            return nil
        }
        let content = resolved(response)["content"] as? [String: Any]
        let media = content?["application/json"] ?? content?.values.first
        return (media as? [String: Any])?["schema"] as? [String: Any]
    }

    func queryParameters(of path: String) -> Set<String> {
        let parameters = (operation(path)["parameters"] as? [[String: Any]] ?? []).map(resolved)
        return Set(parameters.filter { $0["in"] as? String == "query" }.compactMap { $0["name"] as? String })
    }

    private func resolved(_ object: [String: Any]) -> [String: Any] {
        guard let reference = object["$ref"] as? String else { return object }
        var target: Any? = document
        for name in reference.split(separator: "/").dropFirst() { target = (target as? [String: Any])?[String(name)] }
        return target as? [String: Any] ?? [:]
    }

    /// What about the value does not fit the schema.
    func problems(_ value: Any, _ schema: [String: Any], at place: String = "$") -> [String] {
        let schema = resolved(schema)
        let types = schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] } ?? []
        guard types.isEmpty || types.contains(where: { Self.isOf($0, value) }) else {
            return ["\(place) is not \(types): \(value)"]
        }
        if let values = schema["enum"] as? [String], !values.contains(value as? String ?? "") {
            return ["\(place) is none of \(values): \(value)"]
        }
        if let object = value as? [String: Any] { return problems(of: object, schema, at: place) }
        guard let array = value as? [Any], let items = schema["items"] as? [String: Any] else { return [] }
        return array.enumerated().flatMap { problems($0.element, items, at: "\(place)[\($0.offset)]") }
    }

    private func problems(of object: [String: Any], _ schema: [String: Any], at place: String) -> [String] {
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        var found = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }.map {
            "\(place).\($0) is missing"
        }
        for (name, value) in object {
            if let property = properties[name] {
                found += problems(value, property, at: "\(place).\(name)")
            } else if let others = schema["additionalProperties"] as? [String: Any] {
                found += problems(value, others, at: "\(place).\(name)")
            } else if schema["additionalProperties"] as? Bool == false {
                found.append("\(place).\(name) is not foreseen")
            }
        }
        return found
    }

    private static func isOf(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "null": return value is NSNull
        case "string": return value is String
        case "object": return value is [String: Any]
        case "array": return value is [Any]
        case "boolean": return value is Bool
        case "number": return value is NSNumber
        case "integer": return (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
        default: return false
        }
    }
}
