/** Sequelize: models that become tables, altered, written, read and described again. */
import { DataTypes, Op, type QueryInterface, Sequelize, UniqueConstraintError } from "sequelize";
import { answersAsOnPostgres } from "../support/introspection.ts";

describe("Sequelize", () => {
  answersAsOnPostgres("sequelize", async ({ user, database, host, port }) => {
    const options = { dialect: "postgres", host, port, logging: false } as const;
    const sequelize = new Sequelize(database, user, "", options);
    try {
      const { person, note } = models(sequelize);
      await sequelize.sync();
      await sequelize.sync({ alter: true });
      const made = await person.create({ name: "x", kind: "a", tags: ["p"], span: [1, 5] });
      await note.bulkCreate(["t1", "t2"].map((title) => ({ title, personId: made.get("id") })));
      const taken = await person.create({ name: "x" }).catch((error: unknown) => error);
      const where = { tags: { [Op.contains]: ["p"] }, meta: { deep: { is: true } } };
      const found = await person.findAll({ where, include: note, order: [["id", "asc"]] });
      const [upserted] = await person.upsert({ name: "x", age: 9 });
      await sequelize.transaction((transaction) =>
        person.increment("age", { where: { name: "x" }, transaction }),
      );
      return {
        found: found.map((each) => [each.get("name"), each.get("amount"), each.get("span")]),
        taken: taken instanceof UniqueConstraintError ? taken.errors.map((e) => e.message) : taken,
        upserted: upserted.get("age"),
        counts: await note.count({ group: ["personId"] }),
        oldest: await person.max("age"),
        ...(await described(sequelize.getQueryInterface())),
      };
    } finally {
      await sequelize.close();
    }
  });
});

function models(sequelize: Sequelize) {
  const person = sequelize.define("person", {
    name: { type: DataTypes.STRING(40), allowNull: false, unique: true },
    age: { type: DataTypes.INTEGER, defaultValue: 3 },
    kind: DataTypes.ENUM("a", "b"),
    tags: DataTypes.ARRAY(DataTypes.TEXT),
    meta: { type: DataTypes.JSONB, defaultValue: { deep: { is: true } } },
    amount: { type: DataTypes.DECIMAL(10, 2), defaultValue: "1.50" },
    span: DataTypes.RANGE(DataTypes.INTEGER),
  });
  const note = sequelize.define("note", { title: { type: DataTypes.TEXT, comment: "its title" } });
  person.hasMany(note, { foreignKey: "personId", onDelete: "CASCADE" });
  note.belongsTo(person, { foreignKey: "personId" });
  return { person, note };
}

async function described(of: QueryInterface): Promise<object> {
  await of.addColumn("notes", "size", { type: DataTypes.ENUM("s", "l"), defaultValue: "s" });
  await of.changeColumn("notes", "size", { type: DataTypes.STRING });
  await of.renameColumn("notes", "size", "extent");
  await of.addConstraint("notes", { fields: ["title"], type: "unique", name: "one_title" });
  await of.addIndex("notes", ["extent"], { where: { extent: { [Op.ne]: null } }, name: "sized" });
  return {
    people: await of.describeTable("people"),
    notes: await of.describeTable("notes"),
    indexes: await of.showIndex("notes"),
    keys: await of.getForeignKeyReferencesForTable("notes"),
  };
}
