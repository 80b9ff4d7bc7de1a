# SPDX-License-Identifier: Apache-2.0
"""What happens at the same time while a cluster is deployed."""
from announced import Announced
from harness import make_model


def test_standbys_clone_at_the_same_time(tenon):
    """None of them waits for another one, nor for a place at the primary."""
    announced = Announced(tenon, "pg_basebackup")
    make_model(tenon)
    with announced.waiting("pg_basebackup"):
        command = tenon.popen("deploy", "postgresql", "-n", "5", "--wait")
        with announced.held("pg_basebackup", 4):
            assert command.poll() is None
        _, stderr = command.communicate(timeout=120)
    assert command.returncode == 0, stderr
    streaming = tenon.sql(
        tenon.address(tenon.primary()), "operator", tenon.operator_password(),
        "postgres",
        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")
    assert streaming == ["4"]
