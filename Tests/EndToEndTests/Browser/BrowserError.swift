/// What went wrong between a test and its browser.
struct BrowserError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    static let notInstalled = BrowserError(
        """
        There is no chromedriver in the PATH, so the pages cannot be tested in a browser. Install it: \
        sudo apt-get install -y chromium-driver
        """)
}
