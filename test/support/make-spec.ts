/** A SparkApplication as a data engineer would write it: small, valid under the strict policy. */
export const SPARK_PI = `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: spark-pi
spec:
  type: Scala
  mode: cluster
  image: registry.example.com/spark:4.0.4
  mainClass: org.apache.spark.examples.SparkPi
  mainApplicationFile: local:///opt/spark/examples/jars/spark-examples.jar
  sparkVersion: 4.0.4
  driver:
    cores: 1
    memory: 2g
  executor:
    instances: 1
    cores: 1
    memory: 2g
`

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
