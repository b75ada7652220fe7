"""What SQLAlchemy reflects of the database whose URL is given, as JSON on standard output."""

import json
import sys

import sqlalchemy
from sqlalchemy import MetaData, create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable


def plain(value):
    """Types and dialect objects as the text of their SQL, everything else as JSON has it."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return repr(value)


def relation(inspector, name, schema):
    return {
        "columns": inspector.get_columns(name, schema),
        "primary key": inspector.get_pk_constraint(name, schema),
        "foreign keys": inspector.get_foreign_keys(name, schema),
        "indexes": inspector.get_indexes(name, schema),
        "unique": inspector.get_unique_constraints(name, schema),
        "checks": inspector.get_check_constraints(name, schema),
        "comment": inspector.get_table_comment(name, schema),
    }


def view(inspector, name, schema):
    return {
        "columns": inspector.get_columns(name, schema),
        "definition": inspector.get_view_definition(name, schema),
        "indexes": inspector.get_indexes(name, schema),
    }


def schema(inspector, name):
    tables = sorted(inspector.get_table_names(name))
    plain_views = sorted(inspector.get_view_names(name, include="plain"))
    materialized = sorted(inspector.get_view_names(name, include="materialized"))
    return {
        "tables": {table: relation(inspector, table, name) for table in tables},
        "views": {one: view(inspector, one, name) for one in plain_views},
        "materialized views": {one: view(inspector, one, name) for one in materialized},
        "sequences": sorted(inspector.get_sequence_names(name)),
        "enums": inspector.get_enums(name),
        "foreign tables": inspector.get_foreign_table_names(name),
    }


def statements(engine, name):
    """The whole schema as table objects, and the DDL that SQLAlchemy would make them with."""
    metadata = MetaData()
    metadata.reflect(engine, schema=name, views=True)
    made = []
    for table in metadata.sorted_tables:
        try:
            made.append(str(CreateTable(table).compile(engine)).split("\n"))
        except SQLAlchemyError as error:
            made.append(str(error))
        indexes = sorted(table.indexes, key=lambda index: index.name)
        made.extend(str(CreateIndex(index).compile(engine)) for index in indexes)
    return made


def round_trip(engine):
    """Tables made in another schema from what was reflected are reflected as the same."""
    metadata = MetaData()
    metadata.reflect(engine, schema="app", only=["country", "base"])
    metadata.reflect(engine, only=["scratch", "Odd Names"])
    again = MetaData()
    for table in metadata.sorted_tables:
        table.to_metadata(again, schema="again")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA again")
    again.create_all(engine)
    scratch = again.tables["again.scratch"]
    with engine.begin() as connection:
        connection.execute(scratch.insert(), [{"k": 1, "v": "a"}, {"k": 2, "v": None}])
        rows = connection.execute(scratch.select().order_by(scratch.c.k)).fetchall()
    made = schema(inspect(engine), "again")
    again.drop_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA again")
    return {"made": made, "rows": [list(row) for row in rows]}


def main(url):
    engine = create_engine(url)
    inspector = inspect(engine)
    answer = {
        "SQLAlchemy": sqlalchemy.__version__,
        "default schema": inspector.default_schema_name,
        "schemas": sorted(inspector.get_schema_names()),
        "public": schema(inspector, "public"),
        "app": schema(inspector, "app"),
        "statements": {name: statements(engine, name) for name in ("public", "app")},
        "round trip": round_trip(engine),
    }
    json.dump(plain(answer), sys.stdout)


main(sys.argv[1])
