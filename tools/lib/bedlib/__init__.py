# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""What tools/bed, tools/demo and tests/run share: kernels, disks and the outer machine."""
