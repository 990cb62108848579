/// `GET /ops`: the operations page as it is served, with the facts of the moment for a reader without scripts. Its script
/// draws everything anew from `/api/ops`.
struct OpsPage: Sendable {
    /// What is wrong, worst first; empty where nothing is known to be.
    var problems: [Problem] = []
    /// Name and value, both for people, in the order in which they are shown. Empty for a viewer who has to give a token
    /// first.
    var facts: [Fact]

    struct Problem: Sendable {
        /// What is wrong, a sentence.
        var what: String
        /// What to do about it, a sentence.
        var remedy: String
        /// Or only something to look at.
        var isError = true
    }

    struct Fact: Sendable {
        var name: String
        var value: String
    }

    var html: String {
        PageShell(page: .operations, showsOperations: true, controls: "", main: main).html
    }

    private var main: HTML {
        """
        <noscript>
        \(problems.isEmpty ? nil : list)
        <div class="box"><table class="facts"><caption>The daemon</caption><tbody>
        \(facts.map { fact -> HTML in "<tr><th scope=\"row\">\(fact.name)</th><td>\(fact.value)</td></tr>" })
        </tbody></table></div>
        </noscript>
        <div class="box skeleton" aria-hidden="true"></div>
        """
    }

    private var list: HTML {
        """
        <ul class="problems">
        \(problems.map { problem -> HTML in
            "<li class=\"problem \(problem.isError ? "error" : "warning")\"><h3>\(problem.what)</h3><p>\(problem.remedy)</p></li>"
        })
        </ul>
        """
    }
}
