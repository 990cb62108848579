/// What has become of the columns.
extension DefinitionChange {
    mutating func compareDimensions(_ removals: Set<String>) {
        for name in removedDimensions {
            guard removals.contains(oldName(of: name)) else {
                refuseRemoval("dimension", name)
                continue
            }
            notes.append("dimension \(name) goes: rows that differ in it alone become one")
            rebuild(movingRows: true)
        }
        for dimension in addedDimensions {
            notes.append("dimension \(dimension.name) comes (\(dimension.type)\(dimension.isNullable ? "?" : ""))")
            lacks[dimension.name] = .added
            rebuild()
        }
        for dimension in new.dimensions {
            guard let before = renamed.dimensions.first(where: { $0.name == dimension.name }), before != dimension
            else { continue }
            notes.append("dimension \(dimension.name) changes its type")
            rebuild()
        }
    }

    mutating func compareMeasures(_ removals: Set<String>) {
        for measure in renamed.measures where !new.measures.contains(where: { $0.name == measure.name }) {
            guard removals.contains(oldName(of: measure.name)) else {
                refuseRemoval("measure", measure.name)
                continue
            }
            notes.append("measure \(measure.name) goes: its column stays in the table and is written no longer")
        }
        for measure in new.measures {
            guard let before = renamed.measures.first(where: { $0.name == measure.name }) else {
                notes.append("measure \(measure.name) comes")
                lacks[measure.name] = .added
                rebuild()
                continue
            }
            if before.kind != measure.kind {
                notes.append("measure \(measure.name) measures something else")
                lacks[measure.name] = .redefined
                rebuild()
            } else if before.type != measure.type {
                notes.append("measure \(measure.name) is \(measure.type) now")
            }
        }
    }

    mutating func compareDerived(_ removals: Set<String>) {
        for derived in renamed.derived where !new.derived.contains(where: { $0.name == derived.name }) {
            guard removals.contains(oldName(of: derived.name)) else {
                refuseRemoval("derived column", derived.name)
                continue
            }
            notes.append("derived column \(derived.name) goes: its column stays in the table and is written no longer")
        }
        for derived in new.derived {
            let before = renamed.derived.first { $0.name == derived.name }
            guard before != derived else { continue }
            notes.append("derived column \(derived.name) \(before == nil ? "comes" : "is computed otherwise")")
            redefinesDerived = true
        }
    }

    /// As it is installed.
    private func oldName(of name: String) -> String {
        renames.first { $0.value == name }?.key ?? name
    }
}
