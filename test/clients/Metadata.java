import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ParameterMetaData;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What pgjdbc's DatabaseMetaData says of the database whose URL is given, a line for each row. */
class Metadata {
  private interface Question {
    ResultSet ask() throws SQLException;
  }

  public static void main(String[] parameters) throws SQLException {
    try (Connection connection = DriverManager.getConnection(parameters[0])) {
      DatabaseMetaData metadata = connection.getMetaData();
      server(metadata);
      for (String schema : new String[] {"public", "app"}) relations(metadata, schema);
      routines(metadata);
      statements(connection);
    }
  }

  private static void server(DatabaseMetaData metadata) throws SQLException {
    System.out.println("pgjdbc " + metadata.getDriverVersion());
    System.out.println("product " + metadata.getDatabaseProductName()
        + " " + metadata.getDatabaseMajorVersion());
    System.out.println("identifiers " + metadata.getMaxColumnNameLength()
        + " index keys " + metadata.getMaxColumnsInIndex()
        + " isolation " + metadata.getDefaultTransactionIsolation());
    System.out.println("keywords " + metadata.getSQLKeywords());
    print("schemas", metadata::getSchemas);
    print("schemas like", () -> metadata.getSchemas(null, "pg\\_c%"));
    print("table types", metadata::getTableTypes);
    print("type info", metadata::getTypeInfo);
    print("user-defined types", () -> metadata.getUDTs(null, "%", "%", null));
    print("client info", metadata::getClientInfoProperties);
    print("catalog's columns", () -> metadata.getColumns(null, "pg_catalog", "pg_class", "rel%"));
    print("catalog's keys", () -> metadata.getPrimaryKeys(null, "pg_catalog", "pg_attribute"));
    print("catalog's views", () -> metadata.getTables(
        null, "information_schema", "col%", new String[] {"SYSTEM VIEW", "SYSTEM TABLE"}));
  }

  private static void relations(DatabaseMetaData metadata, String schema) throws SQLException {
    print("tables of " + schema, () -> metadata.getTables(null, schema, "%", null));
    print("columns of " + schema, () -> metadata.getColumns(null, schema, "%", "%"));
    print("privileges of " + schema, () -> metadata.getTablePrivileges(null, schema, "%"));
    for (String table : new String[] {
        "users", "events", "Odd Names", "country", "orders", "order_lines", "order_totals"}) {
      String name = schema + "." + table;
      print("primary key of " + name, () -> metadata.getPrimaryKeys(null, schema, table));
      print("imported keys of " + name, () -> metadata.getImportedKeys(null, schema, table));
      print("exported keys of " + name, () -> metadata.getExportedKeys(null, schema, table));
      print("indexes of " + name,
          () -> metadata.getIndexInfo(null, schema, table, false, false));
      print("best row identifier of " + name, () -> metadata.getBestRowIdentifier(
          null, schema, table, DatabaseMetaData.bestRowSession, true));
      print("version columns of " + name,
          () -> metadata.getVersionColumns(null, schema, table));
      print("column privileges of " + name,
          () -> metadata.getColumnPrivileges(null, schema, table, "%"));
    }
    print("keys between users and orders of " + schema,
        () -> metadata.getCrossReference(null, "public", "users", null, schema, "orders"));
  }

  private static void routines(DatabaseMetaData metadata) throws SQLException {
    for (String schema : new String[] {"public", "app"}) {
      print("procedures of " + schema, () -> metadata.getProcedures(null, schema, "%"));
      print("procedures' columns of " + schema,
          () -> metadata.getProcedureColumns(null, schema, "%", "%"));
      print("functions of " + schema, () -> metadata.getFunctions(null, schema, "%"));
      print("functions' columns of " + schema,
          () -> metadata.getFunctionColumns(null, schema, "%", "%"));
    }
    print("built-in functions", () -> metadata.getFunctions(null, "pg_catalog", "pg\\_get%"));
    print("built-in functions' columns",
        () -> metadata.getFunctionColumns(null, "pg_catalog", "pg\\_get%", "%"));
  }

  /** What a statement says of its columns and parameters before it runs. */
  private static void statements(Connection connection) throws SQLException {
    String text = "SELECT u.*, c.name AS called, o.total + ? AS more FROM users u"
        + " JOIN app.country c ON c.code = u.country JOIN app.orders o ON o.user_id = u.id"
        + " WHERE u.name LIKE ? AND o.state = ?::app.state AND u.id = ANY (?)";
    try (var statement = connection.prepareStatement(text)) {
      ResultSetMetaData columns = statement.getMetaData();
      for (int at = 1; at <= columns.getColumnCount(); at++) {
        System.out.println("column " + String.join(" | ",
            columns.getColumnLabel(at), columns.getColumnName(at), columns.getSchemaName(at),
            columns.getTableName(at), columns.getColumnTypeName(at),
            columns.getColumnClassName(at), "" + columns.getPrecision(at),
            "" + columns.getScale(at), "" + columns.isNullable(at),
            "" + columns.isAutoIncrement(at), "" + columns.isSigned(at)));
      }
      ParameterMetaData given = statement.getParameterMetaData();
      for (int at = 1; at <= given.getParameterCount(); at++) {
        System.out.println("parameter " + given.getParameterTypeName(at)
            + " | " + given.getParameterType(at) + " | " + given.getParameterClassName(at));
      }
    }
  }

  /** Rows in one order: drivers leave that of equal keys to the server. */
  private static void print(String title, Question question) throws SQLException {
    System.out.println();
    System.out.println("-- " + title);
    try (ResultSet rows = question.ask()) {
      ResultSetMetaData columns = rows.getMetaData();
      List<String> lines = new ArrayList<>();
      List<String> names = new ArrayList<>();
      for (int at = 1; at <= columns.getColumnCount(); at++) names.add(columns.getColumnLabel(at));
      while (rows.next()) {
        List<String> values = new ArrayList<>();
        for (int at = 1; at <= columns.getColumnCount(); at++) values.add(rows.getString(at));
        lines.add(String.join(" | ", values.stream().map(String::valueOf).toList()));
      }
      Collections.sort(lines);
      System.out.println(String.join(" | ", names));
      for (String line : lines) System.out.println(line);
    } catch (SQLException error) {
      System.out.println("ERROR " + error.getSQLState() + " " + error.getMessage());
    }
  }
}
