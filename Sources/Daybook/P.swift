import Yams
import Logging
import ServiceLifecycle
