import PostgresClient
import Testing

@Suite struct PostgresErrorTests {
    @Test func descriptionHoldsNoDetail() {
        let error = PostgresError(
            .server,
            "duplicate key value violates unique constraint \"k\"",
            sqlState: "23505",
            detail: "Key (name)=(secret) already exists.",
            hint: "Take another."
        )
        #expect(
            error.description
                == "duplicate key value violates unique constraint \"k\" (SQLSTATE 23505) Hint: Take another."
        )
    }

    @Test func classOfDataExceptionsHidesItsMessage() {
        let error = PostgresError(.server, "invalid input syntax for type integer: \"secret\"", sqlState: "22P02")
        #expect(error.description == "Data exception: invalid text representation. (SQLSTATE 22P02)")
        #expect(!PostgresError(.server, "secret", sqlState: "22ZZZ").description.contains("secret"))
    }
}
