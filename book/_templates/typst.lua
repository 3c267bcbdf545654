-- Sets marked parts of the page with functions of print.typ:
--   data-typst="f(1)"        #f(1)[...]
--   data-anchor="label"      a place that links can lead to

local function raw(text)
  return pandoc.RawBlock("typst", text)
end

local function quoted(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
end

function Div(div)
  local call = div.attributes["typst"]
  if not call then
    return div.content
  end
  if #div.content == 0 then
    return raw("#" .. call)
  end
  local out = pandoc.Blocks({ raw("#" .. call .. "[") })
  out:extend(div.content)
  out:insert(raw("]"))
  return out
end

function Span(span)
  local anchor = span.attributes["anchor"]
  if anchor then
    return pandoc.RawInline("typst", "#metadata(none)#label(" .. quoted(anchor) .. ")")
  end
  return span.content
end

-- Whoever hears the book is read the TeX of its equations.
function Math(math)
  local said = math.text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  local start = pandoc.RawInline("typst", "#said(" .. quoted(said) .. ")[")
  return pandoc.Inlines({ start, math, pandoc.RawInline("typst", "]") })
end

-- Three dots stay as they are: Typst would make an ellipsis of them.
function Str(str)
  local out = pandoc.Inlines({})
  local rest = str.text
  while rest:find("%.%.%.") do
    local before, after = rest:match("^(.-)%.%.%.(.*)$")
    out:extend({ pandoc.Str(before), pandoc.RawInline("typst", "\\.\\.\\.") })
    rest = after
  end
  out:insert(pandoc.Str(rest))
  return out
end

function Link(link)
  local target = link.target:match("^#(.+)$")
  if not target then
    return nil
  end
  local start = pandoc.RawInline("typst", "#link(label(" .. quoted(target) .. "))[")
  local out = pandoc.Inlines({ start })
  out:extend(link.content)
  out:insert(pandoc.RawInline("typst", "]"))
  return out
end

-- A term and what it means in one paragraph.
function DefinitionList(list)
  local out = pandoc.Blocks({})
  for _, item in ipairs(list.content) do
    out:insert(raw("#term["))
    out:insert(pandoc.Plain(item[1]))
    out:insert(raw("]["))
    for _, meaning in ipairs(item[2]) do
      out:extend(meaning)
    end
    out:insert(raw("]"))
  end
  return out
end

function Header(header)
  header.identifier = ""
  return header
end
