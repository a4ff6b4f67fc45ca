# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""What tools/bench measures, one module per way of measuring."""
