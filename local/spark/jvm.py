"""The Java process that a script's Spark lives in: its command line."""

from collections.abc import Mapping, Sequence
from pathlib import Path

_MAIN = "org.apache.spark.api.python.PythonGatewayServer"
_LOGGING = Path(__file__).with_name("log4j2.properties")
_OPENED = (
    "java.base/java.lang", "java.base/java.lang.invoke", "java.base/java.lang.reflect", "java.base/java.io",
    "java.base/java.net", "java.base/java.nio", "java.base/java.util", "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic", "java.base/jdk.internal.ref", "java.base/sun.nio.ch",
    "java.base/sun.nio.cs", "java.base/sun.security.action", "java.base/sun.util.calendar",
    "java.security.jgss/sun.security.krb5",
)  # fmt: skip
"""What Spark 3.5 needs of Java 17 and later."""


def command(
    java: Path, spark_home: Path, s3_jars: Path, properties: Mapping[str, str], memory: str,
    archive: Path | None = None, jars: Sequence[Path] = (), options: Sequence[str] = (),
) -> list[str]:  # fmt: skip
    """Start Spark's gateway directly: spark-submit would start one Java to find out how to start another.

    `properties` are Spark's; a script's own SparkSession.builder finds them. `archive` holds loaded classes.
    The jars on the class path are the same for every job, in the same order: the archive is good for no other.
    """
    own = [*sorted((spark_home / "jars").glob("*.jar")), *sorted(s3_jars.glob("*.jar"))]
    shared = [f"-XX:SharedArchiveFile={archive}"] if archive and archive.exists() else []
    return [
        str(java), f"-Xmx{memory}",
        # jobs here are short: they end before the second compiler or a parallel collector would pay
        "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
        # an archive that another Java has made is left unused in silence
        "-Xlog:disable", "-Xlog:all=error:stderr",
        *shared, *options,
        *(f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED),
        "-Djdk.reflect.useDirectMethodHandle=false",
        f"-Dlog4j2.configurationFile={_LOGGING}",
        *(f"-D{name}={value}" for name, value in properties.items()),
        "-cp", ":".join(map(str, [*own, *jars])),
        _MAIN,
    ]  # fmt: skip


def properties(endpoint: str, access_key: str, secret_key: str, scratch: Path) -> dict[str, str]:
    """Spark on two cores of this machine, with s3:// at the endpoint."""
    return {
        "spark.master": "local[2]",
        "spark.submit.deployMode": "client",
        "spark.app.name": "glue-job",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(scratch / "spark"),
        "spark.sql.warehouse.dir": (scratch / "warehouse").as_uri(),
        # Spark's 200 is for clusters; on two cores each further task only costs time
        "spark.sql.shuffle.partitions": "2",
        "java.io.tmpdir": str(scratch),
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        # version 2: this client would sign version 4 for us-east-1, and buckets of other regions refuse that
        "spark.hadoop.fs.s3a.signing-algorithm": "S3SignerType",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": str(endpoint.startswith("https")).lower(),
        "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "spark.hadoop.fs.s3a.access.key": access_key,
        "spark.hadoop.fs.s3a.secret.key": secret_key,
        "spark.hadoop.fs.s3a.buffer.dir": str(scratch / "s3"),
    }
