"""Makes the input of the sales-etl example: three CSV files of 50,000 orders, the same on every machine."""

import csv
import pathlib
import random
import sys

CITIES = ["Aarhus", "Bergen", "Cork", "Dresden", "Ghent", "Lyon", "Porto", "Turku"]
CATEGORIES = ["books", "garden", "music", "sports", "toys"]
FILES = 3
ROWS = 50_000


def main(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(20261121)
    for number in range(FILES):
        with (folder / f"sales_{number}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["order_id", "city", "category", "amount", "quantity", "date"])
            for row in range(ROWS):
                cents = rng.randint(500, 50_000)
                date = f"2025-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
                order = f"ORD-{number}-{row:06d}"
                amount = f"{cents // 100}.{cents % 100:02d}"
                writer.writerow([order, rng.choice(CITIES), rng.choice(CATEGORIES), amount, rng.randint(1, 20), date])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
