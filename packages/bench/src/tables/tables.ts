import { explanations } from '../explanations.js'
import type { Report } from '../report.js'
import { absentTable, firstCallTable, memoryTable, notebookTable, profileTables, transferTable } from './details.js'
import { setupTable, trainingPeerTable } from './libraries.js'
import { overtakeTable, scalingTables } from './scaling.js'
import {
  peakTable,
  peerTable,
  productTable,
  shareTable,
  speedTable,
  timeTable,
  trainingTable,
  variantTable,
} from './speed.js'
import type { Table } from './table.js'

/** Every table that a report has something for; the notebook's own is the last. */
export function tables(report: Report): Table[] {
  return [
    peakTable(report),
    speedTable('Times as fast as naive float64', 'notebook', 'training')(report),
    timeTable(report),
    shareTable(report),
    trainingTable(report),
    variantTable(report),
    speedTable('Layers and updates: times as fast as naive float64', 'layers')(report),
    productTable(report),
    ...scalingTables(report),
    overtakeTable(report),
    peerTable(report),
    trainingPeerTable(report),
    ...profileTables(report, explanations.profile),
    firstCallTable(report),
    transferTable(report),
    memoryTable(report),
    setupTable(report),
    absentTable(report),
    notebookTable(report),
  ].filter(({ rows }) => rows.length > 1)
}
