/// Postgres' Julian day arithmetic, `date2j` and `j2date` of `src/backend/utils/adt/datetime.c`.
///
/// Years are astronomical: 0 is 1 BC.
enum JulianDay {
    static let of2000 = 2_451_545

    static func of(year: Int, month: Int, day: Int) -> Int {
        var year = year
        var month = month
        if month > 2 {
            month += 1
            year += 4800
        } else {
            month += 13
            year += 4799
        }
        let century = year / 100
        var julian = year * 365 - 32167
        julian += year / 4 - century + century / 4
        julian += 7834 * month / 256 + day
        return julian
    }

    /// For a Julian day of at least -32044 (a year of at least -4800), which covers all of Postgres' dates.
    static func date(of julianDay: Int) -> (year: Int, month: Int, day: Int) {
        var julian = julianDay + 32044
        var quad = julian / 146_097
        let extra = (julian - quad * 146_097) * 4 + 3
        julian += 60 + quad * 3 + extra / 146_097
        quad = julian / 1461
        julian -= quad * 1461
        var year = julian * 4 / 1461
        julian = (year != 0 ? (julian + 305) % 365 : (julian + 306) % 366) + 123
        year += quad * 4
        quad = julian * 2141 / 65536
        return (year - 4800, (quad + 10) % 12 + 1, julian - 7834 * quad / 256)
    }

    static func days(inMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
