import Logging
import ServiceLifecycle
import Yams
