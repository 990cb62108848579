/// The texts of the conditions whose server messages quote the values of rows.
enum SQLState {
    /// A text for a condition of class 22 (data exception); nil for every other class, whose messages quote no values.
    static func valueFreeText(of state: String) -> String? {
        guard state.hasPrefix("22") else { return nil }
        guard let condition = dataExceptions[state] else { return "Data exception." }
        return "Data exception: \(condition)."
    }

    /// From Postgres' `errcodes.txt`, the conditions that statements of ordinary types raise.
    private static let dataExceptions = [
        "22001": "string data right truncation",
        "22003": "numeric value out of range",
        "22004": "null value not allowed",
        "22005": "error in assignment",
        "22007": "invalid datetime format",
        "22008": "datetime field overflow",
        "22009": "invalid time zone displacement value",
        "2200B": "escape character conflict",
        "2200F": "zero length character string",
        "2200G": "most specific type mismatch",
        "2200H": "sequence generator limit exceeded",
        "2201B": "invalid regular expression",
        "2201E": "invalid argument for logarithm",
        "2201F": "invalid argument for power function",
        "2201W": "invalid row count in limit clause",
        "2201X": "invalid row count in result offset clause",
        "22012": "division by zero",
        "22015": "interval field overflow",
        "22018": "invalid character value for cast",
        "22019": "invalid escape character",
        "22021": "character not in repertoire",
        "22023": "invalid parameter value",
        "22024": "unterminated C string",
        "22025": "invalid escape sequence",
        "22026": "string data length mismatch",
        "22027": "trim error",
        "2202E": "array subscript error",
        "22030": "duplicate JSON object key value",
        "22032": "invalid JSON text",
        "22033": "invalid SQL JSON subscript",
        "22P01": "floating point exception",
        "22P02": "invalid text representation",
        "22P03": "invalid binary representation",
        "22P04": "bad copy file format",
        "22P05": "untranslatable character",
        "22P06": "nonstandard use of escape character",
    ]
}
