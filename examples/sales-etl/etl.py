"""Revenue by city and category: CSV files in, parquet out.

Reads every CSV file below --input (order_id, city, category, amount, quantity, date), multiplies amount by quantity in
exact decimals, and writes two parquet data sets below --output: revenue_by_city and revenue_by_month.
"""

import argparse

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DateType, DecimalType, IntegerType, StringType, StructField, StructType

SCHEMA = StructType(
    [
        StructField("order_id", StringType(), False),
        StructField("city", StringType(), False),
        StructField("category", StringType(), False),
        StructField("amount", DecimalType(10, 2), False),
        StructField("quantity", IntegerType(), False),
        StructField("date", DateType(), False),
    ]
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", required=True)
    parser.add_argument("--output", required=True)
    options = parser.parse_args()

    spark = SparkSession.builder.getOrCreate()
    sales = spark.read.csv(options.input, header=True, schema=SCHEMA, mode="FAILFAST")
    priced = sales.withColumn("revenue", (F.col("amount") * F.col("quantity")).cast(DecimalType(18, 2)))

    by_city = priced.groupBy("city").agg(F.sum("revenue").alias("revenue"), F.count("*").alias("orders"))
    by_city.orderBy("city").coalesce(1).write.mode("overwrite").parquet(f"{options.output}/revenue_by_city")

    by_month = priced.groupBy(F.date_format("date", "yyyy-MM").alias("month"), "category").agg(F.sum("revenue").alias("revenue"))
    by_month.orderBy("month", "category").coalesce(1).write.mode("overwrite").parquet(f"{options.output}/revenue_by_month")

    print(f"sales-etl: {sales.count()} orders in {by_city.count()} cities")
    spark.stop()


if __name__ == "__main__":
    main()
